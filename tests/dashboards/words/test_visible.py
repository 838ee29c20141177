import pytest

from dashboards.words.markdown import PLAIN
from dashboards.words.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, père, 猫, 🐈, tab\t and\nline", None),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("\x00\x07\r\x7f\x9b", "\\x00\\x07\\x0d\\x7f\\x9b"),
        ("\ufffe\uffff\udcff", "\\ufffe\\uffff\\udcff"),
    ],
)
def test_what_is_no_text_is_spelled_out_and_all_else_stays(text, shown):
    assert visible(text) == (shown or text)


def test_a_name_in_a_sentence_stays_on_its_line_and_gives_no_orders():
    assert PLAIN.name("cat\r\n\x1b]0;title\x07") == "cat \\x1b]0;title\\x07"
