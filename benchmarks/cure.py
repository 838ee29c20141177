"""Does a cure do what it says? Heads before and after, beside other ways, on changed scenes.

python benchmarks/cure.py STUDY DATA

STUDY is the demo's (flows/studies/demo.toml) or that of `benchmarks/replicates.py`, and DATA where
it was run. For each model that has a cure here: accuracy on held-out scenes, on scenes where the
cue goes with the class as in its training, and how far logits move, over their own length, when
the cue's attribute alone is changed (400 scenes). Beside doing nothing: LEACE, INLP, a new head.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from flows.cures.found import Wish, find, place_of
from flows.features.networks import load_model
from flows.made_world.changed_scenes import Pairs
from flows.pipeline import extract, find_inputs
from flows.runs.extracted import ExtractedRun
from flows.runs.readable import Readable
from flows.runs.which_run import choose_run
from flows.study.load import load_study
from flows.study.vocabulary import CLASS_GROUP
from sing_core.geometry.cures import Attribute, Head, blind
from sing_core.geometry.moments import Moments
from sing_core.machine.device import device
from sing_core.scores.readouts import ReaderFits
from sing_core.shapes.captions import group
from sing_core.shapes.pictures import render_all
from sing_core.shapes.scenes import Cue, codes, draw_scenes
from warehouse.layout import DataRoot

#: By habit (what stands before a replicate's number): the cure, and the attribute of its cue.
CURES = {
    "background": (Wish("blind", "background color"), "background_color"),
    "texture": (Wish("blind", "texture"), "texture"),
    "noisy": (Wish("see", "class"), None),
    "plain": (Wish("see", "class"), None),
}

#: Scenes in which the cue goes with the class, and their seed.
N_CUED, SEED = 2000, 301

#: Rounds of INLP, at most; it stops when its reader is no better than this over chance.
_ROUNDS, _OVER_CHANCE = 30, 0.02


def heads(readable: Readable, wish: Wish) -> Iterator[tuple[str, Head]]:
    """Every way to treat a head, in the coordinates of ``readable``."""
    found = find(readable, wish, lambda n, note="": None)
    fit = found.fit
    yield "as it is", found.before
    yield f"cured: {wish.name}", found.after
    if wish.kind == "blind":
        at = place_of(readable, wish.group)
        columns = readable.columns[at]
        cross = fit.xy[:, columns] / fit.n
        yield "LEACE", blind(found.before, Attribute(fit.mean_x, fit.xx / fit.n, cross))
        yield "INLP", inlp(readable, found.before, at, fit)
    row = readable.stored[CLASS_GROUP, "all"]
    reader = ReaderFits(fit).reader(row["reader"], row["strength"], readable.columns[0])
    yield "a new head", Head(reader.weight.T, reader.bias)


def inlp(readable: Readable, head: Head, at: int, fit: Moments) -> Head:
    """Take away what a linear reader of the group uses, again and again (Ravfogel et al. 2020)."""
    columns, kept = readable.columns[at], np.eye(len(readable.basis))
    chance = float(fit.mean_y[columns].max())
    for _ in range(_ROUNDS):
        reader = ReaderFits(fit.through(kept)).reader("ridge", 1e-3, columns)
        right, n = 0, 0
        for some in readable.seen("validation"):
            right += int((reader((some.coordinates @ kept)) == some.own[at]).sum())
            n += len(some.ids)
        if right / n < chance + _OVER_CHANCE:
            break
        used, s, _ = np.linalg.svd(kept @ reader.weight, full_matrices=False)
        used = used[:, s > 1e-8 * s.max()]
        kept = kept - used @ (used.T @ kept)
        kept = (kept + kept.T) / 2
    return Head(head.weight @ kept, head.bias + (head.weight - head.weight @ kept) @ fit.mean_x)


def through(run: ExtractedRun, readable: Readable, pictures: np.ndarray) -> np.ndarray:
    """Coordinates of pictures."""
    wanted = readable.model.id
    network = load_model(next(one for one in run.study.models if one.id == wanted))
    found = []
    for start in range(0, len(pictures), 64):
        some = [network.transform(Image.fromarray(one)) for one in pictures[start : start + 64]]
        found.append(network.features(torch.stack(some).to(device())))
    features = np.concatenate(found).astype(np.float64)
    return np.asarray((features - readable.model.mean) @ readable.basis)


def held_out(readable: Readable, head: Head) -> float:
    right, n = 0, 0
    for some in readable.seen("holdout"):
        right += int((head.logits(some.coordinates).argmax(axis=1) == some.own[0]).sum())
        n += len(some.ids)
    return right / n


def main(study_file: str, data: str) -> None:
    study, root = load_study(study_file), DataRoot(Path(data))
    inputs = find_inputs(study, root)
    run_id, _ = choose_run(inputs, root)
    pairs = Pairs.draw(400)
    print("| model | head | held out | where the cue holds | moved by the cue | flipped by it |")
    print("| --- | --- | --- | --- | --- | --- |")
    for prepared in inputs.models:
        habit = prepared.id.split("-")[0]
        if habit not in CURES:
            continue
        wish, attribute = CURES[habit]
        run = extract(inputs, [prepared], run_id, root)
        readable = Readable.of(run, run.model(prepared))
        cued, before, after, labels = None, None, None, None
        if attribute is not None:
            scenes = draw_scenes(N_CUED, SEED, Cue(attribute, 0.95))
            labels = codes(scenes)[:, 0]
            cued = through(run, readable, render_all(scenes, lambda n: None))
            changed = through(run, readable, pairs.pictures)
            before, after = next(
                sides for name, *sides in pairs.split(changed) if name == group(attribute)
            )
        for name, head in heads(readable, wish):
            cells = [f"{held_out(readable, head):.3f}"]
            if cued is None or before is None or after is None:
                cells += ["", "", ""]
            else:
                logits, moved = head.logits(before), head.logits(after)
                length = np.linalg.norm(logits - logits.mean(axis=1, keepdims=True), axis=1)
                apart = moved - logits
                apart = np.linalg.norm(apart - apart.mean(axis=1, keepdims=True), axis=1)
                flips = (logits.argmax(axis=1) != moved.argmax(axis=1)).mean()
                right = (head.logits(cued).argmax(axis=1) == labels).mean()
                cells += [f"{right:.3f}", f"{apart.mean() / length.mean():.2f}", f"{flips:.2f}"]
            print(f"| {prepared.id} | {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
