"""Extraction against the loop that people write: pictures a second, as a ratio in one run.

    python benchmarks/extraction.py STUDY [REPEATS]

The loop takes one model after the other: torchvision's ImageFolder, a
DataLoader with one worker and batches of 8, timm's features, ``np.save``. It
uses the same weights, transforms and memory format. Both are run in turn, each
in a process of its own, on the study's pictures.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))


def ours(study_file: str) -> tuple[int, float]:
    from flows.extraction.extract_features import extract_features
    from flows.features.heads import prepare_model
    from flows.features.sources import sources_of
    from flows.features.texts import embed_texts
    from flows.pictures.find_images import find_images
    from flows.study.load import load_study
    from flows.study.vocabulary import vocabulary
    from warehouse.layout import DataRoot

    study = load_study(study_file)
    with tempfile.TemporaryDirectory() as folder:
        root = DataRoot(Path(folder))
        manifest = find_images(study, root)
        models = [prepare_model(model, manifest, root) for model in study.models]
        texts = embed_texts(study, manifest, vocabulary(study.concepts), root)
        sources = sources_of(study, manifest, models, texts, root)
        start = time.perf_counter()
        extract_features(study, manifest, sources)
        return len(manifest.images), time.perf_counter() - start


def loop(study_file: str) -> tuple[int, float]:
    import numpy as np
    import torch
    from torch.utils.data import DataLoader
    from torchvision.datasets import ImageFolder

    from flows.features.heads import load_model
    from flows.study.load import load_study
    from sing_core.networks.vision_language import load_space

    study = load_study(study_file)
    streams = [load_model(model) for model in study.models]
    streams.append(load_space(study.space.model, study.space.pretrained, study.space.checkpoint))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        for n, stream in enumerate(streams):
            pictures = ImageFolder(study.images.root, stream.transform)
            found = []
            for batch, _ in DataLoader(pictures, batch_size=8, num_workers=1):
                found.append(stream.features(batch.to(memory_format=torch.channels_last)))
            np.save(Path(folder) / f"{n}.npy", np.concatenate(found))
        return len(pictures), time.perf_counter() - start


def main(study: str, repeats: int) -> None:
    rates: dict[str, list[float]] = {"ours": [], "loop": []}
    for _ in range(repeats):
        for name in rates:
            ran = subprocess.run(
                [sys.executable, __file__, "--child", name, study],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            count, seconds = ran.stdout.split()[-2:]
            rates[name].append(int(count) / float(seconds))
            print(f"{name}: {rates[name][-1]:.1f} pictures/s", flush=True)
    ratios = sorted(a / b for a, b in zip(rates["ours"], rates["loop"], strict=True))
    print(
        f"ours / loop: {median(ratios):.2f} (from {ratios[0]:.2f} to {ratios[-1]:.2f}, "
        f"{repeats} runs of each)"
    )


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        print(*{"ours": ours, "loop": loop}[sys.argv[2]](sys.argv[3]))
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3)
