"""Are habits told apart, or training seeds? And do scores tell the truth in another world?

python benchmarks/replicates.py FOLDER

Trains every regime with two other seeds than the shipped ones, validates all of
them over independent scenes and over scenes whose attributes are correlated, and
writes what came out into docs/validation.md. An hour on two cores; what FOLDER
has is not made again.
"""

import sys
from pathlib import Path

import numpy as np
from safetensors.torch import save_file

from flows.cli.printing import print_rows
from flows.made_world.demo import STUDY
from flows.made_world.validate import validate
from flows.made_world.verdict import OTHER_SCENES, repeatability
from flows.made_world.verdict import agreements as ranked
from flows.study.load import load_study
from flows.terminal.progress import progress
from sing_core.shapes.classifiers import REGIMES, train_classifier
from sing_core.shapes.pictures import render_all
from sing_core.shapes.scenes import codes, draw_scenes
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: As in the shipped recipe (flows/made_world/train_networks.py), which has seed 1.
N_TRAIN, TRAIN_SEED, EPOCHS = 16_000, 101, 10
SEEDS = (2, 3)
NAMES = tuple(regime.name for regime in REGIMES)

#: Studies by their name: how much their scenes' attributes go with each other.
WORLDS = {"replicates": 0.0, "correlated": 0.5}

#: What is told, of the scores; the first one's truth is that of half of the scenes.
SCORES = (
    OTHER_SCENES, "effect_share", "effect_share_translated", "feature_share",
    "between_value_share", "reading_share", "reader_share (ridge)", "margin_kept_by_null_deg",
)  # fmt: skip
TRUTHS = ("null_share", "null_share_translated")

BEGIN, END = "<!-- made by benchmarks/replicates.py -->", "<!-- end of replicates -->"
DOCUMENT = Path(__file__).parents[1] / "docs" / "validation.md"

QUERY = """
select
    concept_group, model,
    round(effect_share, 3)              as effect_share,
    round(effect_share_ci_low, 3)       as ci_low,
    round(effect_share_ci_high, 3)      as ci_high,
    round(feature_share, 3)             as feature_share,
    round(feature_control_share, 3)     as control,
    round(margin_deg - margin_lost_deg, 2) as seen_deg
from latest.group_scores
join latest.runs using (run_id)
where study = 'replicates' and concept_group in ('background color', 'fill color')
order by concept_group, model
"""


def train(folder: Path) -> None:
    for regime in REGIMES:
        missing = [s for s in SEEDS if not (folder / f"{regime.name}-{s}.safetensors").exists()]
        if not missing:
            continue
        scenes = draw_scenes(N_TRAIN, TRAIN_SEED, regime.cue)
        pictures = render_all(scenes, lambda n: None)
        for seed in missing:
            with progress(f"training {regime.name}-{seed}", N_TRAIN * EPOCHS, "pictures") as go:
                module = train_classifier(
                    regime, pictures, codes(scenes)[:, 0], epochs=EPOCHS, seed=seed, on_progress=go
                )
            state = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
            save_file(state, folder / f"{regime.name}-{seed}.safetensors")


def study(folder: Path, name: str) -> Path:
    """Write the demo's study with the replicates, beside the shipped models where those were."""
    text = STUDY.read_text().replace('"shapes/', f'"{STUDY.parent}/shapes/')
    text = text.replace("local-dir:shapes", f"local-dir:{STUDY.parent}/shapes")
    text = text.replace("seed = 0 }", f"seed = 0, correlated = {WORLDS[name]} }}")
    start, *chosen = text.replace('name = "demo"', f'name = "{name}"').split("[[models]]")
    for model in NAMES:
        own = next(s for s in chosen if f'id = "{model}"' in s)
        for seed in SEEDS:
            again = own.replace(f'id = "{model}"', f'id = "{model}-{seed}"')
            shipped = f"{STUDY.parent}/shapes/{model}.safetensors"
            chosen.append(again.replace(shipped, str(folder / f"{model}-{seed}.safetensors")))
    if WORLDS[name]:  # of the shipped models nothing is told there
        chosen = chosen[len(NAMES) :]
    path = folder / f"{name}.toml"
    path.write_text("[[models]]".join([start, *chosen]))
    return path


def agreements(warehouse: Warehouse, run_id: str) -> list[str]:
    """Rows of a table: every score against both truths, over models that no score was chosen by."""

    def asked(table: str) -> list[dict]:
        query = f"from main.{table} where run_id = ? and contains(model, '-') order by model"
        return warehouse.query(query, [run_id]).to_pylist()

    truths = asked("counterfactuals")
    found = [*ranked(truths, asked("candidate_scores")), *repeatability(truths)]
    pooled = {(row["score"], row["truth"]): row for row in found if row["model"] is None}
    lines = []
    for score in SCORES:
        line = [f"`{score}`" if score != OTHER_SCENES else "the truth of other scenes"]
        for name in TRUTHS:
            one = pooled[score, name]
            within = [
                row["spearman"]
                for row in found
                if (row["score"], row["truth"]) == (score, name) and row["model"] is not None
            ]
            line.append(f"{one['spearman']:.2f} ({one['ci_low']:.2f} to {one['ci_high']:.2f})")
            line.append(f"{np.nanmean(within):.2f}")
        lines.append("| " + " | ".join(line) + " |")
    one = pooled["effect_share", TRUTHS[0]]
    shuffled = f"{one['shuffled_low']:.2f} to {one['shuffled_high']:.2f}"
    return [*lines, "", f"Shuffled within models, `effect_share` reaches {shuffled} (null share)."]


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    train(folder)
    root = DataRoot(folder / "data")
    parts = []
    for name, correlated in WORLDS.items():
        run_id = validate(load_study(study(folder, name)), root)
        what = f"attributes go together (`correlated = {correlated}`)" if correlated else (
            "attributes are independent"
        )  # fmt: skip
        parts += [
            f"**Scenes whose {what}**, {2 * len(NAMES)} models of seeds 2 and 3:", "",
            "| score | null share | mean within models | translated | mean within models |",
            "| --- | --- | --- | --- | --- |", *agreements(Warehouse(root), run_id), "",
        ]  # fmt: skip
    text = DOCUMENT.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    DOCUMENT.write_text(before + BEGIN + "\n\n" + "\n".join(parts) + "\n" + END + after)
    print_rows(Warehouse(root).query(QUERY).to_pylist())


if __name__ == "__main__":
    main()
