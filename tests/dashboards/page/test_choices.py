import pytest


def test_a_link_restores_what_its_sender_saw(page, full):
    at = page(
        "classes", full, run="study0-0000", model="model01", beside="model02", show="least",
        **{"class": "class 0003"},
    )  # fmt: skip

    values = {box.label: box.value for box in at.selectbox}
    assert values["Run"] == "study0-0000"
    assert values["Model"] == "model01"
    assert values["Beside it"] == "model02"
    assert values["Class"] == "class 0003"
    assert at.button_group[0].value == "least"
    assert "class 0003" in " ".join(m.value for m in at.markdown)


def test_a_choice_is_written_into_the_address_with_all_others(page, full):
    at = page("classes", full)

    box = next(box for box in at.selectbox if box.label == "Model")
    box.set_value("model02").run()

    address = {k: v[-1] if isinstance(v, list) else v for k, v in at.query_params.items()}
    assert address["model"] == "model02"
    assert address["run"] == "study1-0003"
    assert address["show"] == "most"


def test_a_link_to_what_is_gone_says_so_and_shows_the_default(page, full, say):
    at = page("models", full, model="gone", run="study9-0000")

    assert not at.exception
    assert "study9-0000" in say(at)
    assert "“gone”" in say(at)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("steering", {"is": "a lot"}),
        ("steering", {"is": "100000"}),
        ("image", {"image": "'; drop table images; --"}),
        ("image", {"image": "../../etc/passwd"}),
        ("concepts", {"find": "[(*"}),
        ("sql", {"q": "x" * 9000}),
        ("models", {"by": "<script>alert(1)</script>"}),
    ],
)
def test_an_address_with_nonsense_is_no_reason_to_fail(page, full, name, choices):
    at = page(name, full, **choices)

    assert not at.exception
    assert at.header
