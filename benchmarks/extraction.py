"""Extraction against its limits and against the loop that people write, in one run.

    python benchmarks/extraction.py FOLDER [--pictures N] [--models A,B] [--space NAME] [--demo]

Draws JPEGs of 500 × 375 and random weights into FOLDER (once), and prints, in
pictures a second: what decoding alone does, what each network's forward passes
alone do, what `sing run`'s extraction of the same pictures does, and what an
ImageFolder, a DataLoader with a worker a core and timm's features do. All on the
machine's GPU if it has one. Extraction is from an empty data root each time; its
figure includes loading the networks and writing the shards.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from multiprocessing import Pool
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

_CLASSES, _SIZE = 20, (500, 375)


def draw(place):
    from PIL import Image

    folder, i = place
    rng = np.random.default_rng(i)
    path = folder / f"c{i % _CLASSES:02}" / f"p{i:06}.jpg"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize(_SIZE, Image.Resampling.BICUBIC))
    noisy = smooth.astype(np.int16) + rng.integers(-12, 12, smooth.shape)
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(path, quality=90)


def save(module, path: Path) -> None:
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in module.state_dict().items()}, path)


def make(folder: Path, n: int, models: list[str], space: str) -> None:
    """Draw pictures and random weights, where they are not there yet."""
    import open_clip
    import timm
    import torch

    with Pool() as pool:
        pool.map(draw, [(folder / f"pictures-{n}", i) for i in range(n)], chunksize=64)
    torch.manual_seed(0)
    for name in models:
        if not (path := folder / f"{name}.safetensors").exists():
            save(timm.create_model(name), path)
    home = folder / space
    if not home.exists():
        home.mkdir()
        config = open_clip.get_model_config(space)
        values = {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28]}
        text = json.dumps({"model_cfg": config, "preprocess_cfg": values})
        (home / "open_clip_config.json").write_text(text)
        module = open_clip.create_model(space, pretrained=None)
        save(module, home / "open_clip_model.safetensors")
    (folder / "concepts.txt").write_text("one thing\nanother thing\n")


def study_of(folder: Path, n: int, models: list[str], space: str, precision: str) -> Path:
    """Write a study over them."""
    text = (
        f'name = "bench"\n[images]\nroot = "pictures-{n}"\n[space]\nmodel = "local-dir:{space}"\n'
        f'[concepts]\nfile = "concepts.txt"\n[analysis]\nprecision = "{precision}"\n'
        "precision_budget_deg = 2\n"
    ) + "".join(
        f'[[models]]\nid = "{name}"\ntimm = "{name}"\ncheckpoint = "{name}.safetensors"\n'
        for name in models
    )
    path = folder / f"{'-'.join(models)}-{precision}.toml"
    path.write_text(text)
    return path


class Prepared:
    """A study of which everything but extraction is done."""

    def __init__(self, study_file: Path, root: Path, *, with_space: bool = True) -> None:
        from flows.features.sources import sources_of
        from flows.pipeline import find_inputs
        from flows.study.load import load_study
        from warehouse.layout import DataRoot

        self.root = DataRoot(root)
        inputs = find_inputs(load_study(study_file), self.root)
        self.study, self.manifest = inputs.study, inputs.manifest
        texts = inputs.texts if with_space else None
        self.sources = sources_of(self.study, self.manifest, inputs.models, texts, self.root)

    def extract(self) -> float:
        """Extract; returns pictures a second."""
        from flows.extraction.extract_features import extract_features

        begun = time.perf_counter()
        extract_features(self.study, self.manifest, self.sources, self.root)
        return len(self.manifest.images) / (time.perf_counter() - begun)


def loop(folder: Path, n: int, name: str, half: bool) -> float:
    """What people write: pictures a second."""
    import timm
    import torch
    from safetensors.torch import load_file
    from timm.data import create_transform, resolve_model_data_config
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder

    on_gpu = torch.cuda.is_available()
    place = torch.device("cuda" if on_gpu else "cpu")
    module = timm.create_model(name)
    module.load_state_dict(load_file(folder / f"{name}.safetensors"))
    module = module.eval().to(place, memory_format=torch.channels_last)
    torch.backends.cudnn.benchmark = True
    transform = create_transform(**resolve_model_data_config(module), is_training=False)
    workers = len(os.sched_getaffinity(0)) if on_gpu else 1
    begun, found = time.perf_counter(), []
    loader = DataLoader(
        ImageFolder(folder / f"pictures-{n}", transform),
        batch_size=128 if on_gpu else 8, num_workers=workers, pin_memory=on_gpu,
    )  # fmt: skip
    with torch.inference_mode(), torch.autocast(place.type, torch.float16, enabled=half):
        for batch, _ in loader:
            batch = batch.to(place, non_blocking=True, memory_format=torch.channels_last)
            maps = module.forward_features(batch)
            found.append(module.forward_head(maps, pre_logits=True).float().cpu().numpy())
    with tempfile.TemporaryDirectory() as place:
        np.save(Path(place) / "features.npy", np.concatenate(found))
    return n / (time.perf_counter() - begun)


def case(what: str, prepared: Prepared) -> None:
    """Print one study's limits and what extraction makes of them."""
    import torch

    from flows.extraction import choose_backend
    from flows.extraction.measure_speed import decoding_alone
    from flows.extraction.pools import Workers
    from flows.extraction.timing import forward_alone

    # However few the pictures, what computes best is used, here and in the extraction.
    choose_backend._FEW, choose_backend._WORTH_S = 0, 0.0
    networks = [
        choose_backend.with_faster_backend(source.load(), source, prepared.manifest, prepared.root)
        for source in prepared.sources
    ]
    geometries = list(dict.fromkeys(network.geometry for network in networks))
    workers = Workers.choose(len(prepared.manifest.images), on_gpu=torch.cuda.is_available())
    decoding = decoding_alone(prepared.manifest, geometries, workers)
    alone = {network.name: forward_alone(network, 5.0) for network in networks}
    together = 1 / sum(1 / rate for rate in alone.values())
    del networks
    rate = prepared.extract()
    told = ", ".join(f"{name} {one:,.1f}" for name, one in alone.items())
    print(
        f"{what}: extraction {rate:,.1f}; decoding alone {decoding:,.1f} ({workers}, "
        f"{len(geometries)} geometries); forward passes alone {together:,.1f} ({told}); "
        f"{rate / min(decoding, together):.2f} of the lower",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=400)
    parser.add_argument("--models", default="resnet50,tf_efficientnet_b4,vit_base_patch16_224")
    parser.add_argument("--space", default="ViT-S-32-alt")
    parser.add_argument("--precisions", default="float32")
    parser.add_argument("--together", action="store_true", help="All models and the space at once.")
    parser.add_argument("--demo", action="store_true")
    asked = parser.parse_args()
    models = asked.models.split(",")
    asked.folder.mkdir(parents=True, exist_ok=True)
    make(asked.folder, asked.pictures, models, asked.space)
    import torch

    from sing_core.machine.cores import n_cores
    from sing_core.machine.device import name_of_device

    print(f"{n_cores()} cores, {name_of_device()}, torch {torch.__version__}", flush=True)
    for precision in asked.precisions.split(","):
        for some in [models] if asked.together else [[name] for name in models]:
            file = study_of(asked.folder, asked.pictures, some, asked.space, precision)
            with tempfile.TemporaryDirectory() as data:
                prepared = Prepared(file, Path(data), with_space=asked.together)
                what = " + ".join(source.name for source in prepared.sources)
                case(f"{what}, {precision}", prepared)
            if not asked.together:
                rate = loop(asked.folder, asked.pictures, some[0], precision == "float16")
                print(f"{some[0]}, {precision}: the loop {rate:,.1f}", flush=True)
    if asked.demo:
        file = Path(__file__).parents[1] / "flows" / "studies" / "demo.toml"
        with tempfile.TemporaryDirectory() as data:
            case("demo", Prepared(file, Path(data)))


if __name__ == "__main__":
    main()
