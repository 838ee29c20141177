"""Train everything the made world ships: seven classifiers and the image-text model.

`sing shapes train FOLDER` repeats it: the same seeds draw the same scenes, byte
for byte, and train the same networks but for rounding.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from flows.progress import progress, say
from sing_core.shapes import image_text
from sing_core.shapes.captions import vocabulary
from sing_core.shapes.classifiers import REGIMES, Regime, accuracy, train_classifier
from sing_core.shapes.image_text import train_image_text, zero_shot
from sing_core.shapes.pictures import render_all
from sing_core.shapes.renderer import RENDERER_VERSION
from sing_core.shapes.scenes import CLASSES, Cue, codes, draw_scenes
from warehouse.digests import sha256
from warehouse.files import whole

#: Seeds of the scenes; a study's own scenes have another (0 in the demo).
_TRAIN_SEED, _TEST_SEED = 101, 102


@dataclass(frozen=True)
class Recipe:
    """How much is drawn and how long is trained."""

    n_train: int = 16_000
    n_test: int = 4_000
    classifier_epochs: int = 10
    image_text_epochs: int = 20
    seed: int = 1
    regimes: tuple[Regime, ...] = REGIMES


@dataclass(frozen=True)
class _Drawn:
    """Scenes with their pictures, and the class of each."""

    scenes: list
    pictures: np.ndarray
    labels: np.ndarray

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.pictures.tobytes()).hexdigest()


def _draw(n: int, seed: int, cue: Cue | None = None) -> _Drawn:
    scenes = draw_scenes(n, seed, cue)
    what = "drawing scenes" + (f" whose {cue.attribute} goes with the class" if cue else "")
    with progress(what, n, "pictures") as advance:
        return _Drawn(scenes, render_all(scenes, advance), codes(scenes)[:, 0])


def train(folder: Path, recipe: Recipe) -> None:
    """Train all networks of the recipe and write them, the vocabulary and the model card."""
    train_scenes, test = _draw(recipe.n_train, _TRAIN_SEED), _draw(recipe.n_test, _TEST_SEED)
    rows = []
    for regime in recipe.regimes:
        shown, with_cue = train_scenes, test
        if regime.cue:
            shown = _draw(recipe.n_train, _TRAIN_SEED, regime.cue)
            with_cue = _draw(recipe.n_test, _TEST_SEED, regime.cue)
        epochs = recipe.classifier_epochs
        with _passes(regime.name, len(shown.labels), epochs) as advance:
            module = train_classifier(
                regime, shown.pictures, shown.labels,
                epochs=epochs, seed=recipe.seed, on_progress=advance,
            )  # fmt: skip
        head = module.pretrained_cfg["classifier"]
        row = {
            "model": regime.name,
            "architecture": regime.architecture,
            "features": module.get_classifier().in_features,
            "parameters": sum(p.numel() for p in module.parameters()),
            "habit": regime.habit,
            "data_sha256": shown.digest,
        }
        path = folder / f"{regime.name}.safetensors"
        _save(module, path, keep=f"{head}.", about=row)
        row["accuracy_as_trained"] = accuracy(module, with_cue.pictures, with_cue.labels)
        row["accuracy"] = accuracy(module, test.pictures, test.labels)
        row["sha256"] = sha256(path)
        say(
            f"{regime.name}: {row['accuracy']:.1%} right on scenes without cues"
            + (f", {row['accuracy_as_trained']:.1%} with its cue" if regime.cue else "")
        )
        rows.append(row)
    with _passes("the image-text model", recipe.n_train, recipe.image_text_epochs) as advance:
        space = train_image_text(
            train_scenes.scenes, train_scenes.pictures,
            epochs=recipe.image_text_epochs, seed=recipe.seed, on_progress=advance,
        )  # fmt: skip
    about = {"data_sha256": train_scenes.digest}
    _save(space, folder / "space" / "open_clip_model.safetensors", keep=None, about=about)
    _write(folder / "space" / "open_clip_config.json", json.dumps(image_text.CONFIG, indent=1))
    right = zero_shot(space, test.scenes, test.pictures)
    say("zero-shot: " + ", ".join(f"{name} {share:.1%}" for name, share in right.items()))
    lines = [f"{group}: {phrase}" if group else phrase for group, phrase in vocabulary()]
    _write(folder / "concepts.txt", "\n".join(lines) + "\n")
    digest = sha256(folder / "space" / "open_clip_model.safetensors")
    _write(folder / "README.md", _card(recipe, rows, right, test.digest, digest))


def _passes(name: str, n: int, epochs: int):
    return progress(f"training {name}", n * epochs, "pictures")


def _save(module: nn.Module, path: Path, *, keep: str | None, about: dict) -> None:
    """Store weights in half precision, but for the head, and round the module to what is stored."""
    state = {
        name: tensor.half().contiguous()
        if tensor.is_floating_point() and not (keep and name.startswith(keep))
        else tensor.contiguous()
        for name, tensor in module.state_dict().items()
    }
    with whole(path) as draft:
        save_file(state, draft, metadata={"about": json.dumps(about)})
    module.load_state_dict(state)


def _write(path: Path, text: str) -> None:
    with whole(path) as draft:
        draft.write_text(text, encoding="utf-8")


def _card(
    recipe: Recipe, rows: list[dict], right: dict[str, float], test_digest: str, digest: str
) -> str:
    models = "\n".join(
        f"| `{row['model']}` | {row['architecture']} | {row['features']} | "
        f"{row['parameters']:,} | {row['habit']} | {row['accuracy_as_trained']:.1%} | "
        f"{row['accuracy']:.1%} |"
        for row in rows
    )
    shots = "\n".join(
        f"| {name.replace('_', ' ')} | {share:.1%} |" for name, share in right.items()
    )
    files = "\n".join(
        f"| `{row['model']}.safetensors` | `{row['sha256']}` | `{row['data_sha256']}` |"
        for row in rows
    )
    return f"""# The made world's networks

Weights of {len(rows)} small classifiers and one image-text model, trained on scenes that
`sing_core/shapes` draws: {len(CLASSES)} shapes (the classes) whose color, texture, size, place,
background and more are drawn independently. They are there to test what null-space scores say, not
to classify anything else. `sing shapes train FOLDER` makes this folder again.

## Classifiers

Accuracy over {recipe.n_test:,} scenes that no network was trained on: drawn as the model's training
scenes were (with its cue, if it has one), and with every attribute independent of the class. A model
that is good at the first and bad at the second has learned its cue.

| model | timm architecture | features | parameters | its training | as trained | no cue |
| --- | --- | --- | --- | --- | --- | --- |
{models}

## Image-text model (`space/`, open_clip)

Image tower {image_text.CONFIG["model_cfg"]["vision_cfg"]["timm_model_name"]}, text transformer of
{image_text.CONFIG["model_cfg"]["text_cfg"]["layers"]} layers, {image_text.CONFIG["model_cfg"]["embed_dim"]}
dimensions, open_clip's own tokenizer. Share of the same {recipe.n_test:,} scenes whose value is named
right by the nearest phrase:

| attribute | zero-shot |
| --- | --- |
{shots}

Phrases of things that no scene shows (group `absent` in `concepts.txt`) mean nothing to it; they are
controls.

## Recipe

{recipe.n_train:,} scenes (seed {_TRAIN_SEED}; tests: seed {_TEST_SEED}), renderer version
{RENDERER_VERSION}, network seed {recipe.seed}, {recipe.classifier_epochs} passes for a classifier,
{recipe.image_text_epochs} for the image-text model, AdamW, one-cycle schedule, batches of 64;
sing_core/shapes/classifiers.py and image_text.py have the rest. Trained on a CPU with PyTorch
{torch.__version__.split("+")[0]}. Weights are stored in half precision, the classifiers' heads in
single; all figures here are of the stored weights. Held-out scenes have the SHA-256 `{test_digest}`.

| file | SHA-256 of the file | SHA-256 of its training pictures |
| --- | --- | --- |
{files}
| `space/open_clip_model.safetensors` | `{digest}` | as `plain` |
"""
