"""The demo: the made world's study, a cure, and a sentence about what each shows."""

import shutil
import sys
from pathlib import Path
from typing import Any

from dashboards.words.cures import cured
from dashboards.words.markdown import PLAIN
from flows.cures.cure import WorseHeadError, cure
from flows.cures.found import Wish
from flows.study.load import load_study
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: An ordinary study file, there to be copied.
STUDY = Path(__file__).parents[1] / "studies" / "demo.toml"


#: What is cured: the classifier that looks at the background, of that.
_MODEL, _WISH = "background", Wish("blind", "background color")


def cure_background(run_id: str, root: DataRoot) -> str:
    """Make the spoilt classifier blind to its cue, if that was not done, and say what came out.

    The new head goes into the data root, as ``background-blind.safetensors``.
    """
    if (row := _cure_of(run_id, root)) is None:
        try:
            row = cure(
                load_study(STUDY), _MODEL, _WISH, root.path / f"{_MODEL}-blind.safetensors", root
            )
        except WorseHeadError:
            row = _cure_of(run_id, root)
    assert row is not None
    return cured({"model": _MODEL, **row}, PLAIN)


def _cure_of(run_id: str, root: DataRoot) -> dict[str, Any] | None:
    rows = Warehouse(root).ask("cures", run=run_id).to_pylist()
    wanted = (_MODEL, _WISH.name)
    return next((row for row in rows if (row["model"], row["cure"]) == wanted), None)


def what_it_shows(run_id: str, root: DataRoot, data: Path | str | None) -> str:
    """Return what the run and the cure show, and what to type next."""
    after_cure = cure_background(run_id, root)
    rows = Warehouse(root).ask("seen_backgrounds", run=run_id).to_pylist()
    seen = {
        row["model"]: f"{row['seen']:.2f}° ({_figure(row['low'])} to {_figure(row['high'])})"
        for row in rows
    }
    ratio = {row["model"]: row["is_as_ratio"] for row in rows}
    where = f" --data {data}" if data else ""
    sing = "sing" if shutil.which("sing") else Path(sys.executable).with_name("sing")
    return (
        "What the head can see of a feature tells the own background color from the others by "
        f"{seen['background']} for `background`, by {seen['plain']} for `plain`: trained where the "
        "background went with the class, the first looks at it. Its ratio "
        f"({ratio['background']:.1f} against {ratio['plain']:.1f}) would not have said so.\n"
        f"{after_cure}\n\n"
        "Next:\n"
        f"  {sing} dashboard{where}       look at it in a browser\n"
        f"  {sing} findings demo{where}       what stands out, in sentences\n"
        f'  {sing} sql "from latest.group_scores order by concept_group, model"{where}\n'
        f"  {sing} validate{where}       which scores tell the truth, by changing scenes\n"
        f"  cp -r {STUDY.parent} my-study   a study file to start from"
    )


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"
