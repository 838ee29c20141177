"""A results database of any size, filled in SQL: every table, every column, nothing true.

Numbers are drawn from hashes of their place, so that two calls fill the same
file. Intervals hold their values and angles are of the usual size; beyond that
no row follows from another.
"""

import json
from dataclasses import dataclass

import duckdb

from warehouse import schema
from warehouse.layout import DataRoot

GROUPS = ("color", "texture", "scene")


@dataclass(frozen=True)
class Size:
    """How much there is of everything.

    Attributes
    ----------
    phrases_kept
        Phrases that ``image_concept_scores`` has of each image.
    steered
        Classes that images are steered from and towards.
    """

    studies: int = 1
    runs: int = 2
    models: int = 3
    classes: int = 5
    concepts: int = 8
    images: int = 60
    phrases_kept: int = 8
    steered: int = 5


def publish(root: DataRoot, size: Size) -> None:
    """Write a generation of such rows and point to it."""
    root.published.mkdir(parents=True)
    config = {"storage_compatibility_version": "v1.5.0"}
    with duckdb.connect(str(root.published / "gen-1.duckdb"), config=config) as database:
        schema.create(database)
        fill(database, size)
        database.execute("checkpoint")
    (root.published / "CURRENT").write_text("gen-1.duckdb\n")


def fill(database: duckdb.DuckDBPyConnection, size: Size, *, first: int = 0) -> None:
    """Insert every run's rows, run after run as publishing does, counted from the first."""
    for number in range(first, first + size.runs):
        study = f"study{number % size.studies}"
        run = f"{study}-{number:04}"
        config = {
            "name": study,
            "images": {"root": None},
            "models": [{"id": f"model{m:02}"} for m in range(size.models)],
            "analysis": {"seed": number},
        }
        database.execute(
            "insert into runs (run_id, study, started_at, finished_at, status, config_json, "
            "code_version, package_versions_json) values (?, ?, ?, ?, 'finished', ?, '0.1.0', ?)",
            [
                run, study, f"2026-01-01 00:{number:02}:00", f"2026-01-01 00:{number:02}:30",
                json.dumps(config), json.dumps({"numpy": f"2.{number}"}),
            ],
        )  # fmt: skip
        for table, rows in _keys(size).items():
            columns = database.execute(
                "select column_name, lower(data_type) from duckdb_columns() "
                "where table_name = ? and schema_name = 'main' and not is_generated "
                "order by column_index",
                [table],
            ).fetchall()
            given = set(database.sql(f"from ({rows}) limit 0").columns)
            drawn = [
                f"{_drawn(name, kind)} as {name}"
                for name, kind in columns
                if name not in given and name != "run_id"
            ]
            values = ", ".join([f"'{run}' as run_id", "k.*", *drawn])
            database.execute(f"insert into {table} by name select {values} from ({rows}) k")


def _drawn(name: str, kind: str) -> str:
    """SQL of a number around 1/2 of its scale; below it for lower ends, above for upper ones."""
    if kind == "varchar":
        return "null" if name in ("message", "warnings", "null_classes") else f"'{name}'"
    if kind == "boolean":
        return "true"
    unit = f"(hash(k, '{name}') % 1000) / 1000.0"
    if kind in ("integer", "bigint"):
        return f"(10 + 90 * {unit})::{kind}"
    low = 0.3 if "_low" in name else 0.6 if "_high" in name else 0.45
    scale = 20 if name.endswith("_deg") else 10 if "ratio" in name else 1
    return f"({scale} * ({low} + 0.1 * {unit}))::{kind}"


def _keys(size: Size) -> dict[str, str]:
    """SQL of every table's key columns, and of what has to fit to them."""
    models = f"(select printf('model%02d', m) as model from range({size.models}) t(m))"
    classes = (
        "(select c::integer as class_index, printf('class %04d', c) as class_name "
        f"from range({size.classes}) t(c))"
    )
    steered = f"(select class_name from {classes} where class_index < {size.steered})"
    images = (
        f"(select i, printf('%016x', hash(i)) as "
        f"image_id, (i % {size.classes})::integer as class_index from range({size.images}) t(i))"
    )
    groups = ", ".join(f"'{group}'" for group in GROUPS)
    grouped = f"(select unnest(['class', {groups}]) as concept_group)"
    kinds = "(select unnest(['null', 'random_subspace', 'random_vector', 'principal', 'covariance']) as kind)"
    cured = "(select 'see class' as cure, 'see' as kind, 'class' as concept_group union all select 'blind color', 'blind', 'color')"
    signed = "20 * ((hash(i, model) % 1000) / 1000.0 - 0.5)"
    return {
        "artifacts": "select 'texts' as kind, 'texts/x' as path, null as model",
        "models": f"select model, true as scored, 'exact' as null_mode, 256 as n_features, 240 as null_dim from {models}",
        "images": f"select image_id, printf('class %04d/%d.png', class_index, i) as path, class_index, printf('class %04d', class_index) as class_name, 'fit' as split from {images}",
        "rejected_images": "select 'class 0000/broken.png' as path, 'is not a picture' as reason",
        "concepts": f"select c::integer as concept_id, printf('phrase %d', c) as phrase, [{groups}][1 + c % 3] as concept_group from range({size.concepts}) t(c)",
        "translators": f"select model, 'fitted' as source from {models}",
        "image_scores": f"select model, image_id, class_index, 'class 0001' as predicted_class, {signed} as as_deg, abs({signed}) + 5 as is_deg from {models}, {images} order by model, i",
        "image_concept_scores": f"select model, image_id, ((i * 7 + j) % {size.concepts})::integer as concept_id, ({signed} / (1 + j))::float as as_deg, (80 + j / 4.0)::float as angle_original_deg from {models}, {images}, range({size.phrases_kept}) t(j) order by model, i, j",
        "class_scores": f"select model, class_index, class_name, row_number() over (partition by model order by class_index) as rank from {models}, {classes}",
        "concept_scores": f"select *, as_mean_deg - common_as_mean_deg as own_as_mean_deg, own_as_mean_deg - 0.5 as own_ci_low_deg, own_as_mean_deg + 0.5 as own_ci_high_deg from (select *, avg(as_mean_deg) over (partition by model, concept_id) as common_as_mean_deg, 84.0 - as_mean_deg as angle_equivalent_mean_deg, p_adjusted as own_p_adjusted, 0.01 as common_p_adjusted from (select model, class_index, c::integer as concept_id, 4 * ((hash(class_index, c, model) % 1000) / 1000.0 - 0.5) as as_mean_deg, 84.0 as angle_original_mean_deg, (hash(class_index, c) % 10) / 20.0 as p_adjusted from {models}, {classes}, range({size.concepts}) t(c)))",
        "model_scores": f"select model, -0.3 as as_is_correlation, 'the translator is weak' as warnings from {models}",
        "image_flags": f"select image_id, 'copy' as flag, 'the same bytes as class 0000/img 0' as detail from {images} where i % 20 = 1",
        "image_map": f"select m as model, image_id, side, cos(i + length(side)) as x, sin(i * 1.7) as y, 't-SNE' as method, if(m is null, 1 + i % 5, null)::integer as cluster from {images}, (select null as m, 'picture' as side union all select model, unnest(['original', 'equivalent']) from {models}) order by m, side, i",
        "image_labels": f"select image_id, 'color' as concept_group, 'phrase 0' as phrase from {images} where i < 1000",
        "image_ranks": f"select model, image_id, (hash(i, model) % 100)::double as abs_as_percentile, hash(i) % 97 = 0 as is_outlier from {models}, {images} order by model, i",
        "control_scores": f"select model, kind, d::integer as draw from {models}, {kinds}, range(5) t(d) where kind <> 'null' or d = 0",
        "control_excess": f"select model, kind from {models}, {kinds} where kind <> 'null'",
        "removal_scores": f"select model, unnest(['null', 'principal']) as removal from {models}",
        "steering": f"select model, image_id, 'class 0001' as target, true as reachable, 40.0 as target_is_deg, 1e-14 as max_abs_logit_drift from {models}, {images} where i < 1000",
        "steering_curves": f"select model, s / 4.0 as epsilon_over_null_mean, a.class_name as source_class, b.class_name as target, s * 10.0 as is_deg from {models}, {steered} a, {steered} b, range(1, 9) t(s)",
        "class_confusion": f"select model, 2 + (hash(a.class_name, b.class_name) % 100) / 50.0 as epsilon_over_null_mean, a.class_name as source_class, b.class_name as target_class, 40.0 as target_is_deg from {models}, {classes} a, {classes} b where a.class_name <> b.class_name",
        "class_order_correlations": f"select a.model as model_a, b.model as model_b from {models} a, {models} b where a.model < b.model",
        "neighbors": f"select model, image_id, unnest(['original', 'equivalent']) as side, r::integer as neighbor_rank, image_id as neighbor_image_id from {models}, {images}, range(1, 6) t(r) where i < 1000",
        "translator_heads": f"select model from {models}",
        "translator_agreement": f"select {size.models} as n_models",
        "cures": f"select model, cure, kind, concept_group, true as is_own_head, 3.0 as rank, 0.1 as strength, 1.0 as scale, 8000 as n_fit, 100 as n_holdout, 0.5 as accuracy_before, 0.6 as accuracy_after, 0.1 as gain, 0.05 as gain_ci_low, 0.15 as gain_ci_high, 0.2 as flipped_share, 0.3 as calibration_before, 0.1 as calibration_after, 0.9 as group_seen_before, 0.1 as group_seen_after, 0.3 as class_seen_before, 0.4 as class_seen_after, 240 as null_dim_before, 240 as null_dim_after, 'd' as head_sha256 from {models}, {cured}",
        "cure_classes": f"select model, cure, class_index, printf('class %04d', class_index) as class_name, 10 as n, 0.5 as accuracy_before, 0.5 + (hash(class_index, cure) % 40) / 100.0 as accuracy_after from {models}, {cured}, {classes}",
        "cure_curves": f"select model, cure, value::double as value, 0.5 + value / 20.0 as accuracy, accuracy - 0.02 as accuracy_ci_low, accuracy + 0.02 as accuracy_ci_high, 1 - value / 10.0 as seen from {models}, {cured}, range(5) t(value)",
        "cure_flips": f"select model, cure, image_id, 'class 0000' as named_before, 'class 0001' as named_after, false as right_before, i % 2 = 0 as right_after from {models}, {cured}, {images} where i < 20",
        "readouts": f"select model, concept_group, view, 0.5 + (hash(model, concept_group, view) % 40) / 100.0 as accuracy, accuracy - 0.03 as ci_low, accuracy + 0.03 as ci_high, 0.1 as chance, if(view = 'null', 0.6, null) as control_accuracy, control_accuracy - 0.02 as control_low, control_accuracy + 0.02 as control_high, if(concept_group = 'class', 0.6, null) as head_accuracy, 2000 as n_holdout, 16 as n_values, 'given' as labels, 'lda' as reader from {models}, {grouped}, (select unnest(['all', 'principal', 'null']) as view)",
        "readout_curves": f"select model, unnest(['all', 'null']) as view, n_fit, 0.5 + n_fit / 40000.0 as accuracy, accuracy - 0.02 as ci_low, accuracy + 0.02 as ci_high from {models}, (select unnest([2000, 4000, 8000]) as n_fit)",
        "headroom": f"select model, 0.1 as headroom, 0.05 as headroom_ci_low, 0.15 as headroom_ci_high, 0.02 as null_gain, -0.01 as null_gain_ci_low, 0.05 as null_gain_ci_high, 2000 as n_holdout, 8000 as n_fit from {models}",
        "occupancy": f"select model from {models}",
        "group_scores": f"select model, concept_group, 'zero-shot' as labels from {models}, {grouped}",
        "group_value_scores": f"select model, concept_group, v as value_index, printf('value %d', v) as value from {models}, {grouped}, range(3) t(v)",
        "counterfactuals": f"select model, unnest([{groups}]) as attribute from {models}",
        "candidate_scores": f"select model, unnest([{groups}]) as attribute, 'feature_share' as score from {models}",
        "score_validation": "select unnest(['feature_share', 'as_median']) as score, unnest(['null_share', 'logit_move_l2']) as truth, null as model",
    }  # fmt: skip
