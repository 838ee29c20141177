"""The command that goes on from diagnosis: cure."""

import json
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from flows.cli.options import AsJson, Data, StudyFile, UsageError
from warehouse.layout import DataRoot


def cure(
    study: StudyFile,
    *,
    model: Annotated[str, Parameter(help="A model of the study.")],
    out: Annotated[Path, Parameter(help="The new head, as .safetensors; a study's `head`.")],
    see: Annotated[str | None, Parameter(help="class: let the head see what tells them.")] = None,
    blind: Annotated[str | None, Parameter(help="A group: make the head blind to it.")] = None,
    rank: Annotated[
        int | None, Parameter(help="Directions of the null space to see; chosen by default.")
    ] = None,
    strength: Annotated[
        float, Parameter(help="Of --blind: which share of the change to make, 0 to 1.")
    ] = 1.0,
    anyway: Annotated[
        bool, Parameter(help="Write a head that is worse, too.", negative="")
    ] = False,
    data: Data = None,
    json_: AsJson = False,
) -> int:
    """Make a head that sees more of its null space, or is blind to a group; measured, held out."""
    from flows.cures.cure import cure as carry_out
    from flows.cures.found import Wish
    from flows.study.load import load_study

    if (see is None) == (blind is None):
        have = "both" if see else "neither"
        raise UsageError(f"need either --see class or --blind GROUP, not {have}")
    if see not in (None, "class"):
        raise UsageError(f"--see is {see!r}; a head names classes, so --see class is all there is")
    if blind is not None and rank is not None:
        raise UsageError("--rank goes with --see; how much is blinded, --strength says")
    if not 0 < strength <= 1:
        raise UsageError(f"--strength is {strength:g}; need a share above 0, and 1 at most")
    if out.suffix != ".safetensors" or out.exists() or not out.parent.is_dir():
        raise UsageError(f"--out {out} must be a new .safetensors file in a folder that is there")
    wish = Wish("see", "class", rank) if blind is None else Wish("blind", blind, None, strength)
    row = carry_out(load_study(study), model, wish, out, DataRoot.choose(data), anyway=anyway)
    if json_:
        print(json.dumps(row))
    else:
        _tell(row, model, out)
    return 0


def _tell(row: dict[str, Any], model: str, out: Path) -> None:
    from dashboards.words.cures import cure_figures, cured
    from dashboards.words.markdown import PLAIN
    from flows.cli.printing import print_rows

    print_rows(
        cure_figures(row),
        title=f"{row['cure']} of {model}, on {row['n_holdout']:,} held-out pictures",
    )
    print(cured({"model": model, **row}, PLAIN))
    print(f"{out}: give it to a study as `head`")
