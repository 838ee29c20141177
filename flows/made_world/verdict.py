"""How each candidate score ranks models and attributes by each truth, and what that says."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from sing_core.statistics.rank_agreement import rank_agreement
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: What a candidate may tell, from table counterfactuals. Probes are counted above chance.
TRUTHS = (
    "null_share", "null_share_translated", "probe_null_minus_principal", "probe_null",
    "probe_principal", "logit_move_l2",
)  # fmt: skip


def agreements(
    truths: list[dict[str, Any]], candidates: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield rows of score_validation: each score by each truth, over all models and in each."""
    models = list(dict.fromkeys(row["model"] for row in truths))
    attributes = list(dict.fromkeys(row["attribute"] for row in truths))

    def table(cells: dict[tuple[str, str], float]) -> np.ndarray:
        return np.array([[cells.get((m, a), np.nan) for a in attributes] for m in models], float)

    scores: dict[str, dict[tuple[str, str], float]] = {}
    for row in candidates:
        scores.setdefault(row["score"], {})[row["model"], row["attribute"]] = row["value"]
    for truth in TRUTHS:
        known = table({(row["model"], row["attribute"]): _truth(truth, row) for row in truths})
        for score, cells in scores.items():
            given = table(cells)
            for name, rows in [
                (None, slice(None)),
                *((m, slice(i, i + 1)) for i, m in enumerate(models)),
            ]:
                found = rank_agreement(given[rows], known[rows], seed=0)
                yield {
                    "score": score, "truth": truth, "model": name, "n": found.n,
                    "spearman": found.spearman, "ci_low": found.ci_low, "ci_high": found.ci_high,
                    "shuffled_low": found.shuffled_low, "shuffled_high": found.shuffled_high,
                }  # fmt: skip


#: What the truth of half of the changed scenes is called, beside the scores.
OTHER_SCENES = "(the truth of other scenes)"


def repeatability(truths: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows of score_validation: how the truth of half of the scenes ranks the other half's.

    No score can be asked for more.
    """
    for truth in ("null_share", "null_share_translated"):
        even = [{**row, "score": OTHER_SCENES, "value": row[f"{truth}_even"]} for row in truths]
        odd = [{**row, truth: row[f"{truth}_odd"]} for row in truths]
        yield from (row for row in agreements(odd, even) if row["truth"] == truth)


def _truth(name: str, row: dict[str, Any]) -> float:
    """One truth of a row of counterfactuals; probes are counted from chance (0) to right (1)."""
    if not name.startswith("probe"):
        return float(row[name])
    room = 1 - row["probe_chance"]
    if not room:  # one value only: there is nothing to read
        return float("nan")
    above = {
        side: float((row[f"probe_{side}"] - row["probe_chance"]) / room)
        for side in ("null", "principal")
    }
    if name == "probe_null_minus_principal":
        return above["null"] - above["principal"]
    return above[name.removeprefix("probe_")]


def agreement_table(run_id: str, root: DataRoot) -> list[dict[str, Any]]:
    """One row a score and truth, over all models."""
    rows = Warehouse(root).ask("score_validation", run=run_id).to_pylist()
    return sorted(rows, key=lambda row: (row["score"], row["truth"]))


def for_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Spread the same correlations out: a row a score, a column a truth, best first by the first.

    An asterisk marks those whose interval and the range of chance do not touch.
    """
    wide: dict[str, dict[str, Any]] = {}
    order: dict[str, float] = {}
    for row in rows:
        rho = row["spearman"]
        if row["truth"] == TRUTHS[0]:
            order[row["score"]] = -2.0 if rho is None else rho
        ends = [row[name] for name in ("ci_low", "ci_high", "shuffled_low", "shuffled_high")]
        low, high, by_chance_low, by_chance_high = ends
        apart = None not in ends and (low > by_chance_high or high < by_chance_low)
        shown = "–" if rho is None else f"{rho:.2f}{'*' if apart else ' '}"
        wide.setdefault(row["score"], {"score": row["score"]})[row["truth"]] = shown
    return [
        {"score": score, **{truth: wide[score].get(truth, "–") for truth in TRUTHS}}
        for score in sorted(wide, key=lambda score: -order[score])
    ]


def how_to_read(run_id: str, root: DataRoot) -> str:
    """Say in a sentence which score ranks best by the first two truths."""
    rows = [row for row in agreement_table(run_id, root) if row["score"] != OTHER_SCENES]
    rows = [row for row in rows if "zero-shot" not in row["score"]]
    said = []
    for truth, what in (
        ("null_share_translated", "where an attribute lies"),
        ("logit_move_l2", "how far it moves the logits"),
    ):
        known = [row for row in rows if row["truth"] == truth and row["spearman"] is not None]
        if not known:
            said.append(f"{what} ({truth}) is the same for all, or unknown")
            continue
        best = max(known, key=lambda row: row["spearman"])
        said.append(
            f"{what} ({truth}) is told best by {best['score']} ({best['spearman']:.2f}, "
            f"{best['ci_low']:.2f} to {best['ci_high']:.2f})"
        )
    return f"* beyond what shuffled scores reach. Of all scores, {'; '.join(said)}."
