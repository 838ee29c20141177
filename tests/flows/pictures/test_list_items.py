"""A table of items in the place of pictures."""

import polars as pl
import pytest

from flows.pictures.list_items import ItemsError
from flows.pictures.manifest import ImagesError
from tests.support.spoil import table


def test_another_order_of_the_table_gives_rows_to_other_items(given):
    path = given.folder / "items.csv"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([first, *rest[::-1]]) + "\n")
    before = given.rows("select image_id, null_energy from latest.image_scores where model = 'res'")

    given.run()

    after = given.rows("select image_id, null_energy from latest.image_scores where model = 'res'")
    order = sorted(row["image_id"] for row in before)
    swapped = dict(zip(order, reversed(order), strict=True))
    energy = {row["image_id"]: row["null_energy"] for row in after}
    for row in before:
        assert energy[swapped[row["image_id"]]] == pytest.approx(row["null_energy"])


def test_a_sample_of_the_items(given):
    given.rewrite('"items.csv"', '"items.csv"\nlimit_per_class = 8')

    given.run()

    assert given.rows("select n from latest.model_scores") == [{"n": 40}] * 2


def test_without_contents_an_item_is_its_id(given):
    table = pl.read_csv(given.folder / "items.csv").drop("sha256", "remark")
    table.write_parquet(given.folder / "items.parquet")
    given.rewrite("items.csv", "items.parquet")

    given.run()

    ids = [row["image_id"] for row in given.rows("from latest.images")]
    assert len(set(ids)) == 70
    assert all(len(i) == 16 and int(i, 16) >= 0 for i in ids)


BAD_ITEMS = {
    "has no column id and no column class; need id and class, got name, kind": lambda lines: [
        "name,kind,sha256,remark", *lines[1:]
    ],
    "has no rows": lambda lines: lines[:1],
    "has apple/.* more than once": lambda lines: [*lines, next(i for i in lines if "apple" in i)],
    "1 rows of .* have no class \\(first: row 2\\)": lambda lines: [
        *lines[:2], "x,,y,", *lines[3:]
    ],
}  # fmt: skip


@pytest.mark.parametrize("sentence", BAD_ITEMS)
def test_a_wrong_table_is_told_in_a_sentence(given, sentence):
    table(BAD_ITEMS[sentence])(given.folder)

    with pytest.raises(RuntimeError, match=sentence) as caught:
        given.run()

    assert caught.value.exit_code == 2


def test_a_table_that_is_none_is_told(given):
    (given.folder / "items.parquet").write_bytes(b"nothing")
    given.rewrite("items.csv", "items.parquet")

    with pytest.raises(ItemsError, match="items.parquet cannot be read as a table"):
        given.run()


def test_a_class_that_is_not_named_is_told(named):
    items = named.folder / "items.csv"
    items.write_text(items.read_text() + "x,owl,y,\n")

    with pytest.raises(ImagesError, match="1 classes in .*items.csv are not among .* 'owl'"):
        named.run()
