"""Ask which score tells the truth: candidates against counterfactuals, on the made world.

Truths come from changing one attribute of a scene alone; candidates are what a
study knows without that. A good candidate ranks models and attributes as the
truth does.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from flows.extract_features import extract_features
from flows.find_images import ImagesError
from flows.measure_counterfactuals import Pairs, measure_model, measure_space, read_parts
from flows.pipeline import find_inputs, run_study
from flows.prepare_models import Head
from flows.progress import say
from flows.runs import Inputs, choose_run
from flows.score_groups import Groups, find_groups, group_rows
from flows.study import Study
from sing_core.rank_agreement import rank_agreement
from warehouse import ledger, parquet
from warehouse.build import publish
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

#: Scenes that are changed in every attribute.
N_PAIRS = 400

#: What a candidate may tell, from table counterfactuals. Probes are counted above chance.
TRUTHS = (
    "null_share", "null_share_translated", "probe_null_minus_principal", "probe_null",
    "probe_principal", "logit_move_l2",
)  # fmt: skip

#: The paper's score against the text that is true of each image, and how much more it is than
#: against the group's other texts.
_AS_QUERY = """
with own as (
    select l.image_id, l.concept_group, c.concept_id
    from image_labels l
    join concepts c using (run_id, concept_group, phrase)
    where run_id = ?
),
summed as (
    select s.model, s.image_id, c.concept_group, sum(s.as_deg) as total_deg, count(*) as n
    from image_concept_scores s
    join concepts c using (run_id, concept_id)
    where run_id = ? and c.concept_group is not null
    group by all
)
select
    model,
    concept_group as attribute,
    median(abs(s.as_deg)) as abs_as_median_deg,
    avg((t.total_deg - s.as_deg) / (t.n - 1) - s.as_deg) as as_contrast_deg
from image_concept_scores s
join own using (image_id, concept_id)
join summed t using (model, image_id, concept_group)
where s.run_id = ?
group by all
"""


def validate(study: Study, root: DataRoot) -> str:
    """Carry a study of the made world out, measure the truth beside it, and publish both.

    Returns
    -------
    str
        The run's id. At once if all of that was done before.

    Raises
    ------
    ImagesError
        If the study's pictures are not scenes of the made world.
    """
    if study.images.shapes is None:
        raise ImagesError(
            "the truth can be measured only where scenes are drawn; need a study with "
            "images.shapes, such as `sing validate` without a study takes"
        )
    run_id = run_study(study, root).run_id
    with root.writing(f"sing validate {study.name}"):
        inputs = find_inputs(study, root)
        if (run_id, True) != choose_run(inputs, root):
            raise RuntimeError(f"{run_id} changed while it was validated; run the command again")
        if root.table(run_id, "score_validation").exists() and _is_published(run_id, root):
            say(f"nothing to do: {run_id} is validated")
            return run_id
        heads = [head for head in inputs.heads if head.about.model in _scored(run_id, root)]
        broken = extract_features(study, inputs.manifest, heads, inputs.texts, root)
        inputs = Inputs(study, inputs.manifest, inputs.heads, inputs.texts, inputs.concepts, broken)
        _measure(inputs, heads, run_id, root)
        entry = ledger.load(root, run_id)
        assert entry is not None
        say(f"published {root.relative(publish(root, entry))}")
    return run_id


def _is_published(run_id: str, root: DataRoot) -> bool:
    query = "select count(*) as n from score_validation where run_id = ?"
    return bool(Warehouse(root).query(query, [run_id])["n"][0].as_py())


def _scored(run_id: str, root: DataRoot) -> set[str]:
    rows = Warehouse(root).query("select model from models where run_id = ? and scored", [run_id])
    return set(rows["model"].to_pylist())


def _measure(inputs: Inputs, heads: list[Head], run_id: str, root: DataRoot) -> None:
    pairs = Pairs.draw(N_PAIRS)
    moved = measure_space(inputs, pairs)
    truths = [
        {"run_id": run_id, "model": head.about.model, "space_move_deg": moved[row["attribute"]]}
        | row
        for head in heads
        for row in measure_model(inputs, head, pairs, run_id, root)
    ]
    _store("counterfactuals", truths, run_id, root)
    candidates = [
        {"run_id": run_id, "model": model, "attribute": attribute, "score": score, "value": value}
        for model, attribute, score, value in _candidates(inputs, heads, run_id, root)
        if attribute in moved
    ]
    _store("candidate_scores", candidates, run_id, root)
    _store("score_validation", list(_agreements(truths, candidates, run_id)), run_id, root)


def _store(name: str, rows: list[dict[str, Any]], run_id: str, root: DataRoot) -> None:
    columns = {column: [row[column] for row in rows] for column in rows[0]}
    parquet.write(root.table(run_id, name), parquet.table(name, columns))


def _candidates(
    inputs: Inputs, heads: list[Head], run_id: str, root: DataRoot
) -> Iterator[tuple[str, str, str, float]]:
    """Yield model, attribute, score and value."""
    for row in Warehouse(root).query(_AS_QUERY, [run_id] * 3).to_pylist():
        for score in ("abs_as_median_deg", "as_contrast_deg"):
            yield row["model"], row["attribute"], score, row[score]
    labeled = find_groups(inputs, root)
    unlabeled = find_groups(inputs, root, use_labels=False)
    for head in heads:
        model = head.about.model
        readings = _readings(inputs, head, labeled, root)
        for suffix, groups in (("", labeled), (" (zero-shot labels)", unlabeled)):
            for row in group_rows(inputs, head, groups, run_id, root):
                for score, value in _scores(row).items():
                    yield model, row["concept_group"], score + suffix, value
        for attribute, share in readings.items():
            yield model, attribute, "reading_share", share


def _scores(row: dict[str, Any]) -> dict[str, float]:
    """Candidates that follow from a row of group_scores."""
    without_null = row["margin_deg"] - row["margin_lost_deg"]
    kept = row["margin_kept_by_null_deg"]
    return {
        "margin_kept_by_null_deg": kept,
        "margin_lost_deg": row["margin_lost_deg"],
        "margin_without_null_deg": without_null,
        "margin_kept_minus_left_deg": kept - without_null,
        "between_value_share": row["between_value_share"],
        "share_minus_control": row["between_value_share"] - row["control_share"],
        "feature_share": row["feature_share"],
    }


def _readings(inputs: Inputs, head: Head, groups: Groups, root: DataRoot) -> dict[str, float]:
    """Per group, how much of the space's own view of it can be read off the null part alone.

    R² of the held-out embedding along the group's centered texts, read from the
    null part, as a share of the sum with the principal part's. Needs no labels.
    """
    axes = [
        groups.texts[group.rows] - groups.texts[group.rows].mean(axis=0) for group in groups.all
    ]
    ends = np.cumsum([len(some) for some in axes])

    def seen(ids: list[str]) -> np.ndarray:
        return groups.embeddings.take(ids).astype(np.float64) @ np.concatenate(axes).T

    explained = {}
    for side, (guess, truth) in read_parts(inputs, head, seen, root).items():
        left = np.square(truth - guess).sum(axis=0)
        spread = np.square(truth - truth.mean(axis=0)).sum(axis=0)
        explained[side] = [
            max(0.0, 1 - left[end - len(some) : end].sum() / spread[end - len(some) : end].sum())
            for end, some in zip(ends, axes, strict=True)
        ]
    return {
        group.name: null / (null + principal) if null + principal else float("nan")
        for group, null, principal in zip(
            groups.all, explained["null"], explained["principal"], strict=True
        )
    }


def _agreements(
    truths: list[dict[str, Any]], candidates: list[dict[str, Any]], run_id: str
) -> Iterator[dict[str, Any]]:
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
                    "run_id": run_id, "score": score, "truth": truth, "model": name, "n": found.n,
                    "spearman": found.spearman, "ci_low": found.ci_low, "ci_high": found.ci_high,
                    "shuffled_low": found.shuffled_low, "shuffled_high": found.shuffled_high,
                }  # fmt: skip


def _truth(name: str, row: dict[str, Any]) -> float:
    """One truth of a row of counterfactuals; probes are counted from chance (0) to right (1)."""
    if not name.startswith("probe"):
        return row[name]
    above = {
        side: (row[f"probe_{side}"] - row["probe_chance"]) / (1 - row["probe_chance"])
        for side in ("null", "principal")
    }
    if name == "probe_null_minus_principal":
        return above["null"] - above["principal"]
    return above[name.removeprefix("probe_")]


_TABLE_QUERY = """
select score, truth, n, spearman, ci_low, ci_high, shuffled_low, shuffled_high
from score_validation
where run_id = ? and model is null
order by score, truth
"""


def agreement_table(run_id: str, root: DataRoot) -> list[dict[str, Any]]:
    """One row a score and truth, over all models."""
    return list(Warehouse(root).query(_TABLE_QUERY, [run_id]).to_pylist())


def for_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Spread the same correlations out: a row a score, a column a truth, best first by the first.

    An asterisk marks those whose interval and the range of chance do not touch.
    """
    wide: dict[str, dict[str, Any]] = {}
    for row in rows:
        apart = row["ci_low"] > row["shuffled_high"] or row["ci_high"] < row["shuffled_low"]
        shown = f"{row['spearman']:.2f}{'*' if apart else ' '}"
        wide.setdefault(row["score"], {"score": row["score"]})[row["truth"]] = shown
    order = sorted(wide.values(), key=lambda row: -float(str(row[TRUTHS[0]]).rstrip("* ")))
    return [{"score": row["score"], **{truth: row[truth] for truth in TRUTHS}} for row in order]


def how_to_read(run_id: str, root: DataRoot) -> str:
    """Say in a sentence which score ranks best by the first two truths."""
    rows = [row for row in agreement_table(run_id, root) if "zero-shot" not in row["score"]]
    best = {
        truth: max((row for row in rows if row["truth"] == truth), key=lambda row: row["spearman"])
        for truth in ("null_share_translated", "logit_move_l2")
    }
    share, move = best["null_share_translated"], best["logit_move_l2"]
    return (
        "* beyond what shuffled scores reach. Where an attribute lies (null_share_translated) is "
        f"told best by {share['score']} ({share['spearman']:.2f}, {share['ci_low']:.2f} to "
        f"{share['ci_high']:.2f}); how far it moves the logits by {move['score']} "
        f"({move['spearman']:.2f}, {move['ci_low']:.2f} to {move['ci_high']:.2f})."
    )
