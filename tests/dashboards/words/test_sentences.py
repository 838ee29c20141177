from dashboards.words.sentences import ordinal, shift


def test_ordinals():
    numbers = [1, 2, 3, 4, 11, 12, 13, 21, 72.6, 100, 101, 111]

    assert " ".join(ordinal(n) for n in numbers) == (
        "1st 2nd 3rd 4th 11th 12th 13th 21st 73rd 100th 101st 111th"
    )


def test_a_shift_says_way_size_interval_and_doubt():
    row = {
        "class_name": "ring", "phrase": "a *red* shape", "as_mean_deg": -2.104,
        "as_ci_low_deg": -2.5, "as_ci_high_deg": -1.7, "control_as_mean_deg": 0.3,
        "differs_from_control": False,
    }  # fmt: skip

    assert shift(row, str) == (
        "*ring* images move away from *a *red* shape* by **2.10°** (AS -2.50° to -1.70°, random "
        "step +0.30°, **not told from it**)."
    )
    assert "a \\*red\\* shape" in shift(row)
