"""What a study may steer towards, and how far."""

import pytest

from flows.analyses.steer_images import NoSuchTargetError
from flows.study.load import StudyError, load_study


def test_phrases_and_classes_can_be_targets(made):
    made.study.write_text(
        made.study.read_text()
        + '\n[steering]\ntargets = ["red", "cat", "red"]\ntarget_is_deg = 3\nimages_per_class = 2\n'
    )
    made.run()

    rows = made.rows("from latest.steering")
    assert {row["target"] for row in rows} == {"red", "cat"}
    assert len(rows) == 2 * 5 * 2 * 2
    assert {round(row["is_deg"], 6) for row in rows if row["reachable"]} == {3.0}


def test_an_unknown_target_is_told(made):
    made.study.write_text(made.study.read_text() + '\n[steering]\ntargets = ["rad"]\n')

    with pytest.raises(NoSuchTargetError, match="'rad' is neither a class nor a phrase .* red"):
        made.run()


def test_an_angle_beyond_all_is_told(made):
    made.study.write_text(made.study.read_text() + "\n[steering]\ntarget_is_deg = 180\n")

    with pytest.raises(StudyError, match="target_is_deg: input should be less than 180"):
        load_study(made.study)
