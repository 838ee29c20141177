"""Digests as `sha256sum` prints them."""

from warehouse.digests import digest, sha256, text_digest

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_digest_of_a_file_and_of_a_text(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")

    assert sha256(tmp_path / "a") == ABC
    assert text_digest("abc") == ABC


def test_content_is_the_same_in_any_order_of_its_keys():
    # printf '{"a": 2, "b": [1, "x"]}' | sha256sum
    expected = "78ebeaf16648b52f"

    assert digest({"b": [1, "x"], "a": 2}) == expected
    assert digest({"a": 2, "b": (1, "x")}) == expected
    assert digest({"a": 2, "b": ["x", 1]}) != expected
