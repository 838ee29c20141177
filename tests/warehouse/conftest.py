import duckdb
import pytest

from tests.support.rows import add
from warehouse import schema


@pytest.fixture(scope="session")
def right():
    """The tables with one small, right run in them: one model, two images, one phrase."""
    with duckdb.connect() as database:
        schema.create(database)
        database.execute("create temp table checked_runs as select 'r' as run_id")
        database.execute("create temp table artifact_files as select 'f' as path, 'd' as sha256")
        rows = {
            "runs": {
                "status": "finished",
                "config_json": '{"analysis": {"max_image_concept_rows": 9}}',
            },
            "artifacts": {"path": "f", "sha256": "d", "kind": "head"},
            "models": {"scored": True},
            "images": {"image_id": ["a", "b"]},
            "concepts": {"concept_id": 0},
            "translators": {},
            "image_scores": {"image_id": ["a", "b"], "as_deg": [1.0, -2.0], "is_deg": 3.0},
            "image_concept_scores": {"image_id": ["a", "b"], "as_deg": 0.5, "concept_id": 0},
            "class_scores": {},
            "concept_scores": {"concept_id": 0, "own_as_mean_deg": 0.0},
            "model_scores": {"n": 2, "n_undefined": 0},
            "rejected_images": {},
            "image_flags": {"image_id": ["a", "b"]},
            "image_map": {"image_id": ["a", "b"]},
            "image_labels": {"image_id": ["a", "b"]},
            "image_ranks": {"image_id": ["a", "b"]},
            "control_scores": {},
            "occupancy": {},
            "removal_scores": {},
            "control_excess": {},
            "steering": {},
            "steering_curves": {},
            "class_confusion": {},
            "class_order_correlations": {},
            "neighbors": {},
            "translator_heads": {},
            "translator_agreement": {},
            "group_scores": {"n": 2},
            "group_value_scores": {"n": 2},
            "readouts": {
                "view": ["all", "principal", "null"], "concept_group": "class",
                "ci_low": 0.5, "head_accuracy": 0.75,
            },
            "readout_curves": {},
            "cures": {
                "gain": 0.5, "accuracy_before": 0.5, "n_holdout": 2, "flipped_share": 0.5,
                "rank": 2.0,
            },
            "cure_classes": {"n": 2, "accuracy_before": 0.5},
            "cure_flips": {"named_after": "y", "right_before": False},
            "cure_curves": {},
            "headroom": {"headroom": 0.25, "null_gain": 0.0},
            "counterfactuals": {},
            "candidate_scores": {},
            "score_validation": {},
        }  # fmt: skip
        for table, given in rows.items():
            add(database, table, given)
        yield database


@pytest.fixture
def database(right):
    """The same, to be spoilt: whatever a test does is rolled back."""
    right.execute("begin transaction")
    yield right
    right.execute("rollback")
