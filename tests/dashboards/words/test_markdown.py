import itertools

import pytest

from dashboards.words.markdown import literal


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://example.com)", "[a](b)", "**bold** _it_ ~~no~~ `code`", "# heading",
        "<b>", ":red[x] :material/home: :smile:", "$x^2$", "a | b", "- item", "1. item", "&amp;",
        "back\\slash",
    ],
)  # fmt: skip
def test_every_sign_of_a_text_is_escaped(text):
    written = literal(text)

    assert written.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text
    for before, sign in itertools.pairwise(written):
        if not sign.isalnum() and sign not in " \\" and sign.isascii():
            assert before == "\\", written


def test_a_text_stays_on_its_line():
    assert literal("a\n\n# b") == "a \\# b"
