"""Are habits told apart, or training seeds? The same regimes trained again, side by side.

python benchmarks/replicates.py FOLDER

Trains five regimes with other seeds than the shipped ones,
analyzes all of them as the demo does, and prints how each model's features hold
two attributes. Half an hour on two cores; what FOLDER has is not trained again.
"""

import sys
from pathlib import Path

from safetensors.torch import save_file

from flows.cli.printing import print_rows
from flows.made_world.demo import STUDY
from flows.pipeline import run_study
from flows.study.load import load_study
from flows.terminal.progress import progress
from sing_core.shapes.classifiers import REGIMES, Regime, train_classifier
from sing_core.shapes.pictures import render_all
from sing_core.shapes.scenes import codes, draw_scenes
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: As in the shipped recipe (flows/made_world/train_networks.py), which has seed 1.
N_TRAIN, TRAIN_SEED, EPOCHS = 16_000, 101, 10
SEEDS = (2, 3)
NAMES = ("background", "texture", "noisy", "plain", "recolored", "narrow", "wide")

QUERY = """
select
    concept_group, model,
    round(feature_share, 3)             as feature_share,
    round(feature_share_ci_low, 3)      as ci_low,
    round(feature_share_ci_high, 3)     as ci_high,
    round(feature_control_share, 3)     as control,
    round(margin_deg - margin_lost_deg, 2) as seen_deg
from latest.group_scores
where concept_group in ('background color', 'fill color')
order by concept_group, model
"""


def _place(regime: Regime) -> int:
    return NAMES.index(regime.name)


def train(folder: Path) -> None:
    for regime in sorted((r for r in REGIMES if r.name in NAMES), key=_place):
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


def study(folder: Path) -> Path:
    """Write the demo's study with the replicates beside the shipped models of the same habits."""
    text = STUDY.read_text().replace('"shapes/', f'"{STUDY.parent}/shapes/')
    text = text.replace("local-dir:shapes", f"local-dir:{STUDY.parent}/shapes")
    start, *sections = text.replace('name = "demo"', 'name = "replicates"').split("[[models]]")
    chosen = [s for s in sections if any(f'id = "{name}"' in s for name in NAMES)]
    for name in NAMES:
        own = next(s for s in chosen if f'id = "{name}"' in s)
        for seed in SEEDS:
            again = own.replace(f'id = "{name}"', f'id = "{name}-{seed}"')
            shipped = f"{STUDY.parent}/shapes/{name}.safetensors"
            chosen.append(again.replace(shipped, str(folder / f"{name}-{seed}.safetensors")))
    path = folder / "replicates.toml"
    path.write_text("[[models]]".join([start, *chosen]))
    return path


def main() -> None:
    folder = Path(sys.argv[1]).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    train(folder)
    root = DataRoot(folder / "data")
    run_study(load_study(study(folder)), root)
    print_rows(Warehouse(root).query(QUERY).to_pylist())


if __name__ == "__main__":
    main()
