"""Pictures in a bucket, named by a table."""

import hashlib

import pytest

from dashboards.page import pictures


@pytest.fixture
def addressed(bucket, fresh):
    """The world's pictures in the bucket, named by a table."""
    rows = ["path,class"]
    for path in sorted((fresh.folder / "pictures").glob("*/*.png")):
        place = bucket / "pictures" / path.parent.name / path.name
        place.create(path.read_bytes())
        rows.append(f"{place},{path.parent.name}")
    (fresh.folder / "table.csv").write_text("\n".join(rows))
    fresh.rewrite('root = "pictures"', 'root = "table.csv"')
    return fresh


def test_pictures_are_read_where_a_table_says_they_are(addressed, bucket, made_once):
    addressed.run()

    asked = "select class_name, sha256, width from images order by all"
    assert addressed.rows(asked) == made_once.rows(asked)
    scored = "select model, n, abs_as_median_deg from model_scores order by model"
    for ours, theirs in zip(addressed.rows(scored), made_once.rows(scored), strict=True):
        assert (ours["model"], ours["n"]) == (theirs["model"], theirs["n"])
    assert not addressed.run().worked


def test_what_is_wrong_at_an_address_is_a_reason(addressed, bucket):
    table = addressed.folder / "table.csv"
    broken = bucket / "pictures" / "cat" / "broken.png"
    broken.create(b"no picture")
    more = [f"{bucket}/pictures/cat/none.png,cat", "s3://,cat", f"{broken},cat"]
    table.write_text("\n".join([table.read_text(), *more]))
    addressed.rewrite("[images]", "[images]\nmax_rejected = 0.2")

    addressed.run()

    told = {row["path"]: row["reason"] for row in addressed.rows("from rejected_images")}
    assert told[f"{bucket}/pictures/cat/none.png"] == "is not there"
    assert "no address of a bucket" in told["s3://"]
    assert "picture" in told[broken.url]
    assert len(told) == 3


def test_another_picture_at_the_same_address_is_another(addressed, bucket):
    addressed.run()
    place = bucket / "pictures" / "cat" / "003.png"
    other = (bucket / "pictures" / "boat" / "001.png").read_bytes()
    place.unlink()
    place.create(other)

    assert addressed.run().worked

    row = f"select sha256 from latest.images where path = '{place}'"
    assert addressed.rows(row) == [{"sha256": sha256_of(other)}]


def test_pages_show_pictures_of_an_address(addressed, bucket):
    path = bucket / "pictures" / "cat" / "003.png"
    content = path.read_bytes()

    assert pictures._content([addressed.folder], path.url, sha256_of(content)) == content
    with pytest.raises(pictures.NoPictureError, match="has changed since the run"):
        pictures._content([addressed.folder], path.url, "0" * 64)
    with pytest.raises(pictures.NoPictureError, match=r"none.png cannot be read: is not there"):
        pictures._content([addressed.folder], f"{bucket}/none.png", "0" * 64)


def sha256_of(content):
    return hashlib.sha256(content).hexdigest()
