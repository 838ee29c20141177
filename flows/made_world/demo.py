"""The demo: the made world's study, and one sentence about what it shows."""

import shutil
import sys
from pathlib import Path

from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: An ordinary study file, there to be copied.
STUDY = Path(__file__).parents[1] / "studies" / "demo.toml"


def what_it_shows(run_id: str, root: DataRoot, data: Path | str | None) -> str:
    """Return the sentence, and what to type next."""
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
        f"({ratio['background']:.1f} against {ratio['plain']:.1f}) would not have said so.\n\n"
        "Next:\n"
        f"  {sing} dashboard{where}       look at it in a browser\n"
        f"  {sing} findings demo{where}       what stands out, in sentences\n"
        f'  {sing} sql "from latest.group_scores order by concept_group, model"{where}\n'
        f"  {sing} validate{where}       which scores tell the truth, by changing scenes\n"
        f"  cp -r {STUDY.parent} my-study   a study file to start from"
    )


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"
