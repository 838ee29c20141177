"""The tables and plots of docs/validation.md, from a stored run of `sing validate`.

python benchmarks/validation.py DATA
"""

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "sing"

import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from scipy import stats  # noqa: E402

from flows.made_world.verdict import OTHER_SCENES, TRUTHS  # noqa: E402
from sing_core.shapes.captions import group, phrase  # noqa: E402
from sing_core.shapes.scenes import ATTRIBUTES  # noqa: E402
from warehouse.layout import DataRoot  # noqa: E402
from warehouse.read import Warehouse  # noqa: E402

DOCS = Path(__file__).parents[1] / "docs"
BEGIN, END = "<!-- made by benchmarks/validation.py -->", "<!-- end -->"
#: Okabe and Ito's, which color-blind people tell apart.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#000000", "#56B4E9")
SHORT = {
    "null_share": "null share",
    "null_share_translated": "null share, translated",
    "probe_null_minus_principal": "probe null − principal",
    "probe_null": "probe null",
    "probe_principal": "probe principal",
    "logit_move_l2": "logit move",
}


def markdown(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def share(row: dict, name: str, ends: str) -> str:
    low, high = (
        "?" if row[f"{ends}_ci_{end}"] is None else f"{row[f'{ends}_ci_{end}']:.3f}"
        for end in ("low", "high")
    )
    return f"{row[name]:.3f} ({low} to {high})"


def agreement(row: dict | None) -> str:
    if row is None:
        return "–"
    return f"{row['spearman']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"


def own_or_total(ask: Callable[[str], list[dict]]) -> list[str]:
    """Which of a movement's parts tells phrases that are true of a class from those that are not.

    In this world all attributes but the shape are drawn without regard to the class, and absent
    things are absent from all: of such phrases a class has nothing of its own to lose.
    """
    cells = ask(
        "select s.*, p.phrase, p.concept_group, k.class_name from latest.concept_scores s "
        "join latest.concepts p using (run_id, concept_id) "
        "join latest.class_scores k using (run_id, model, class_index) order by model"
    )
    other = {group(name) for name in ATTRIBUTES if name != "shape"} | {"absent"}
    table, found = [], []
    for model in dict.fromkeys(row["model"] for row in cells):
        mine = [row for row in cells if row["model"] == model]
        named = [row for row in mine if row["phrase"] == phrase("shape", row["class_name"])]
        unrelated = [row for row in mine if row["concept_group"] in other]
        line, shares = [model], np.var([row["common_as_mean_deg"] for row in mine])
        line.append(f"{shares / np.var([row['as_mean_deg'] for row in mine]):.0%}")
        for kind in ("", "own_"):
            sizes = [
                [abs(row[f"{kind}as_mean_deg"]) for row in some] for some in (named, unrelated)
            ]
            larger = stats.mannwhitneyu(*sizes).statistic / (len(named) * len(unrelated))
            told = [
                np.mean([row[f"{kind}differs_from_control"] for row in some])
                for some in (named, unrelated)
            ]
            line += [f"{larger:.2f}", f"{told[0]:.0%}", f"{told[1]:.0%}"]
            found.append(larger)
        table.append(line)
    header = [
        "model", "shared by all classes", "total: AUROC", "named, told", "unrelated, told",
        "own: AUROC", "named, told", "unrelated, told",
    ]  # fmt: skip
    return [
        markdown(header, table),
        "",
        "*Shared by all classes*: of the variance of `as_mean_deg` over classes and phrases, the "
        "share of `common_as_mean_deg`. *AUROC*: how often the movement of a class towards its own "
        "name is larger than one towards a phrase that has nothing to do with the class (0.5: no "
        "better than chance). *Told*: how many of each differ from the random step (adjusted p "
        f"below 0.05). Mean AUROC: total {np.mean(found[::2]):.2f}, own "
        f"{np.mean(found[1::2]):.2f}.",
    ]


def main(data: str) -> None:
    warehouse = Warehouse(DataRoot.choose(data))

    def ask(query: str) -> list[dict]:
        return warehouse.query(query).to_pylist()

    pooled = ask("from latest.score_validation where model is null")
    cell = {(row["score"], row["truth"]): row for row in pooled}
    scores = sorted(
        {row["score"] for row in pooled}, key=lambda s: -cell[s, "null_share"]["spearman"]
    )
    parts = ["### Over all models and attributes", ""]
    parts.append(
        markdown(
            ["score", *(SHORT[t] for t in TRUTHS)],
            [
                [
                    f"`{score}`",
                    *(agreement(cell.get((score, t))) for t in TRUTHS),
                ]
                for score in scores
            ],
        )
    )
    chance = [
        f"{SHORT[t]} {min(r['shuffled_low'] for r in pooled if r['truth'] == t):.2f} to "
        f"{max(r['shuffled_high'] for r in pooled if r['truth'] == t):.2f}"
        for t in TRUTHS
    ]
    n = pooled[0]["n"]
    parts += [
        "",
        f"{n} pairs of model and attribute; in brackets the 95 % interval over resampled models "
        f"and attributes. Scores shuffled within their model reach, at the widest of all scores: "
        f"{'; '.join(chance)}.",
        "",
        "### Within each model",
        "",
    ]
    models = [row["model"] for row in ask("select model from latest.models order by model")]
    chosen = [
        "abs_as_median_deg", "margin_kept_by_null_deg", "between_value_share", "feature_share",
        "effect_share", "effect_share_translated",
    ]  # fmt: skip
    single = {
        (row["score"], row["truth"], row["model"]): row
        for row in ask("from latest.score_validation where model is not null")
    }
    for truth in ("null_share", "null_share_translated", "logit_move_l2"):
        rows = []
        for s in [OTHER_SCENES, *chosen]:
            if (s, truth, models[0]) in single:
                found = [single[s, truth, m]["spearman"] for m in models]
                rows.append([f"`{s}`", *(f"{rho:.2f}" for rho in found), f"{np.mean(found):.2f}"])
        parts += [markdown([f"against {SHORT[truth]}", *models, "mean"], rows), ""]
    parts += ["### The spurious background", ""]
    rows = ask(
        "select g.*, m.is_as_ratio, c.null_share, c.logit_move_l2 from latest.group_scores g "
        "join latest.model_scores m using (run_id, model) "
        "join latest.counterfactuals c on c.run_id = g.run_id and c.model = g.model "
        "and c.attribute = g.concept_group "
        "where concept_group = 'background color' order by margin_without_null_deg desc"
    )
    parts.append(
        markdown(
            [
                "model", "margin_without_null_deg (95 %)", "between_value_share (95 %)",
                "control_share",
                "feature_share (95 %)", "feature_control_share", "IS/\\|AS\\|",
                "truth: null share", "truth: logit move",
            ],
            [
                [
                    r["model"],
                    "{:.2f} ({:.2f} to {:.2f})".format(
                        *(r[f"margin_without_null_{k}deg"] for k in ("", "ci_low_", "ci_high_"))
                    ),
                    share(r, "between_value_share", "share"),
                    f"{r['control_share']:.3f}",
                    share(r, "feature_share", "feature_share"),
                    f"{r['feature_control_share']:.3f}",
                    f"{r['is_as_ratio']:.1f}", f"{r['null_share']:.2f}",
                    f"{r['logit_move_l2']:.2f}",
                ]
                for r in rows
            ],
        )
    )  # fmt: skip
    parts += ["", "### Movement of a class alone", "", *own_or_total(ask)]
    document = DOCS / "validation.md"
    text = document.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    document.write_text(before + BEGIN + "\n\n" + "\n".join(parts) + "\n\n" + END + after)

    nothing = {"spearman": np.nan}
    heat = np.array([[cell.get((s, t), nothing)["spearman"] for t in TRUTHS] for s in scores])
    figure, axes = plt.subplots(figsize=(9, 6.5), layout="constrained")
    shown = axes.imshow(heat, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    axes.set_xticks(range(len(TRUTHS)), [SHORT[t] for t in TRUTHS], rotation=20, ha="right")
    axes.set_yticks(range(len(scores)), scores)
    for i, j in np.ndindex(heat.shape):
        if np.isnan(heat[i, j]):
            continue
        color = "white" if abs(heat[i, j]) > 0.6 else "black"
        axes.text(j, i, f"{heat[i, j]:.2f}", ha="center", va="center", color=color, fontsize=8)
    axes.set_xlabel("truth, measured by changing one attribute of drawn scenes")
    axes.set_ylabel("score, known without that")
    figure.colorbar(shown, label="Spearman correlation over models × attributes")
    save(figure, "validation-heatmap.svg")

    points = ask(
        "select s.model, s.attribute, s.score, s.value, c.null_share as truth "
        "from latest.candidate_scores s join latest.counterfactuals c "
        "using (run_id, model, attribute)"
    )
    figure, panels = plt.subplots(1, 3, figsize=(11, 4), sharey=True, layout="constrained")
    colors = dict(zip(models, COLORS, strict=False))
    for panel, score in zip(
        panels, ["abs_as_median_deg", "feature_share", "effect_share"], strict=True
    ):
        for model in models:
            mine = [p for p in points if p["score"] == score and p["model"] == model]
            panel.scatter(
                [p["value"] for p in mine], [p["truth"] for p in mine],
                label=model, color=colors[model], s=22,
            )  # fmt: skip
        rho = cell[score, "null_share"]["spearman"]
        panel.set_xlabel(score)
        panel.set_title(f"Spearman {rho:.2f}", fontsize=10)
    panels[0].set_ylabel("share of the change that lies\nin the null space (truth)")
    panels[-1].legend(fontsize=8)
    save(figure, "validation-scatter.svg")


def save(figure: plt.Figure, name: str) -> None:
    figure.savefig(DOCS / name, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main(sys.argv[1])
