"""The result of a run in one small table."""

from typing import Any

from warehouse.layout import DataRoot
from warehouse.read import Warehouse

_QUERY = """
select
    m.model,
    m.rank,
    m.null_dim,
    s.n,
    round(s.abs_as_median_deg, 3) as abs_as_median_deg,
    round(s.is_median_deg, 3)     as is_median_deg,
    round(s.is_as_ratio, 2)       as is_as_ratio,
    round(s.ratio_ci_low, 2)      as ratio_ci_low,
    round(s.ratio_ci_high, 2)     as ratio_ci_high,
    round(s.control_ratio, 2)     as control_ratio,
    round(s.ratio_excess, 3)      as ratio_excess,
    round(s.excess_ci_low, 3)     as excess_ci_low,
    round(s.excess_ci_high, 3)    as excess_ci_high,
    round(t.cosine_mean, 3)       as translator_cosine,
    nullif(concat_ws('; ', m.message, t.message, s.warnings), '') as note
from models m
left join model_scores s using (run_id, model)
left join translators t using (run_id, model)
where m.run_id = ?
order by s.is_as_ratio desc nulls last, m.model
"""


def model_table(root: DataRoot, run_id: str) -> list[dict[str, Any]]:
    """One row a model of a published run, best IS/|AS| ratio first; angles in degrees."""
    return list(Warehouse(root).query(_QUERY, [run_id]).to_pylist())


def for_people(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Shorten the same rows for a terminal: under 80 columns, the interval in one of them."""
    return [
        {
            "model": row["model"],
            "rank": row["rank"],
            "null": row["null_dim"],
            "|AS|": row["abs_as_median_deg"],
            "IS": row["is_median_deg"],
            "IS/|AS|": row["is_as_ratio"],
            "95 % interval": None
            if row["ratio_ci_low"] is None
            else f"{row['ratio_ci_low']} to {row['ratio_ci_high']}",
            "control": row["control_ratio"],
            "cosine": row["translator_cosine"],
        }
        for row in rows
    ]
