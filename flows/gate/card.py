"""A section of a model card: what the classifier's last layer does not see, and how one knows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dashboards.words import verdicts
from dashboards.words.findings import findings
from dashboards.words.markdown import MARKDOWN, literal
from dashboards.words.sentences import figure, space_name, span
from flows.questions.findings import asking
from warehouse.layout import DataRoot

#: Sentences about what stands out.
_FINDINGS = 6

_LIMITS = (
    "Scores say what the *space* reads from a feature by a linear translator: what the space does "
    "not know, they do not say. The equivalent without its null part may lie where no feature "
    "does. A high ratio IS / |AS| is no proof of health, and a class share is no accuracy."
)


class UnscoredModelError(ValueError):
    """A model that the run has no scores of."""

    exit_code = 2


@dataclass(frozen=True)
class _Facts:
    """What a card is written from."""

    run: dict[str, Any]
    config: dict[str, Any]
    counts: dict[str, Any]
    model: dict[str, Any]
    translator: dict[str, Any]
    weights: dict[str, Any]
    told: list[str]


def card(run_id: str, model: str, root: DataRoot) -> str:
    """Return the section in Markdown, with a metadata block as Hugging Face reads it.

    Raises
    ------
    UnscoredModelError
        If the run has no scores of the model, naming those it has.
    """
    facts = _facts(run_id, model, root)
    parts = [
        "---\n" + "\n".join(_metadata(facts)) + "\n---\n",
        f"## What its last layer does not see ({literal(model)})\n",
        verdicts.models([facts.model], MARKDOWN) + "\n",
        *_results(facts),
        *_told(facts),
        *_method(facts),
        f"### Limits\n\n{_LIMITS}\n",
    ]
    return "\n".join(parts)


def _facts(run_id: str, model: str, root: DataRoot) -> _Facts:
    ask = asking(run_id, root)
    models = {row["model"]: row for row in ask("models") if row["scored"]}
    if model not in models:
        raise UnscoredModelError(
            f"{run_id} has no scores of a model {model!r}; known: {', '.join(models) or 'none'}"
        )
    (run,) = ask("run")
    (counts,) = ask("counts")
    told = [one for one in findings(ask, MARKDOWN) if one.model == model and one.kind != "warning"]

    def of_model(question: str) -> dict[str, Any]:
        return next((row for row in ask(question) if row["model"] == model), {})

    return _Facts(
        run, json.loads(run["config_json"]), counts, models[model], of_model("translators"),
        of_model("weights"), [one.text for one in told[:_FINDINGS]],
    )  # fmt: skip


def _rows(facts: _Facts) -> Iterator[tuple[str, str, float, float | None, float | None, str]]:
    """Name, what it is, value, interval and control of each figure that is known."""
    row = facts.model
    share = ("class_share", "class_share_ci_low", "class_share_ci_high")
    known = (
        ("class_share", "Class share in the null space (lower is healthier)", *share,
         "a random subspace {}", row["feature_control_share"]),
        ("is_as_ratio", "IS / |AS|, the paper's ratio", "is_as_ratio", "ratio_ci_low",
         "ratio_ci_high", "a random step {}", row["control_ratio"]),
        ("ratio_excess", "the same over that of a random step", "ratio_excess", "excess_ci_low",
         "excess_ci_high", "1 says nothing", None),
        ("is_median_deg", "Median IS (degrees)", "is_median_deg", None, None, "", None),
        ("abs_as_median_deg", "Median |AS| (degrees)", "abs_as_median_deg", None, None, "", None),
        ("null_energy_mean", "Mean null energy", "null_energy_mean", None, None,
         "{} of the dimensions", row["null_dim_share"]),
        ("accuracy", "Pictures named right", "accuracy", None, None, "", None),
    )  # fmt: skip
    for name, what, value, low, high, words, control in known:
        if row[value] is None:
            continue
        beside = words.format("" if control is None else figure(control))
        if "{}" in words and control is None:
            beside = ""
        ends = (None if end is None else row[end] for end in (low, high))
        yield name, what, row[value], *ends, beside


def _results(facts: _Facts) -> Iterator[str]:
    yield "| figure | value | 95 % interval | beside |\n| --- | --- | --- | --- |"
    for _, what, value, low, high, beside in _rows(facts):
        said = what.replace("|", "\\|")
        yield f"| {said} | {figure(value)} | {span(low, high)} | {beside} |"
    yield ""


def _told(facts: _Facts) -> Iterator[str]:
    if facts.told:
        yield "### What stands out\n"
        yield "\n".join(f"- {sentence}" for sentence in facts.told) + "\n"
    if facts.model["warnings"]:
        yield f"**Read with care:** {literal(facts.model['warnings'])}.\n"


def _method(facts: _Facts) -> Iterator[str]:
    counts, model, translator = facts.counts, facts.model, facts.translator
    named = space_name(facts.config)
    yield "### How it was found\n"
    yield (
        f"- The head sees {model['rank']:,} of {model['n_features']:,} directions of the "
        f"penultimate features; the other {model['null_dim']:,} are its null space "
        f"({literal(model['null_mode'])} mode: {literal(model['null_rule'] or '')})."
    )
    yield (
        f"- {counts['n_images']:,} pictures in {counts['n_classes']:,} classes; a linear "
        f"translator into {literal(named)}, held-out R² "
        f"{figure(translator.get('r2_weighted') or float('nan'))} over "
        f"{translator.get('n_holdout', 0):,} pictures."
    )
    weights = str(facts.weights.get("weights_sha256"))[:16]
    yield (
        f"- Run `{facts.run['run_id']}`, {facts.run['finished_at']:%Y-%m-%d}, with version "
        f"{literal(facts.run['code_version'])}; weights {weights}…"
    )
    again = f"sing card {facts.run['study']} --model {model['model']}"
    yield f"- To repeat it: `sing run` with the study of that run, then `{again}`.\n"


def _metadata(facts: _Facts) -> Iterator[str]:
    """Lines of YAML: texts of JSON are texts of YAML."""
    study = facts.run["study"]
    yield "tags:\n- null-space\n- sing"
    yield "model-index:"
    yield f"- name: {json.dumps(facts.model['model'])}"
    yield "  results:"
    yield "  - task:\n      type: image-classification"
    yield f"    dataset:\n      name: {json.dumps(study)}\n      type: {json.dumps(study)}"
    yield "    metrics:"
    for name, what, value, low, high, _ in _rows(facts):
        yield f"    - type: {name}"
        yield f"      name: {json.dumps(what)}"
        yield f"      value: {value:.6g}"
        if low is not None and high is not None:
            yield f"      args: {{ci_low: {low:.6g}, ci_high: {high:.6g}}}"
