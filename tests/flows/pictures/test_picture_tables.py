"""Parquet of pictures, and tables that name some: what is taken, and what is told of the rest."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.pictures.manifest import ClassFoldersError, ImagesError
from sing_core.files.contents import ContainerError
from tests.support.containers import (
    as_parquet,
    as_tables_and_pictures,
    found,
    hugging_face,
    known,
    pictures,
)
from tests.support.world import CLASSES


def test_tables_stand_beside_containers(fresh, folder):
    in_folders = known(found(fresh, '"pictures"'))

    manifest = found(fresh, as_tables_and_pictures(fresh.folder, folder))

    assert [row[:2] for row in known(manifest)] == [row[:2] for row in in_folders]
    assert manifest.classes.names == ["0", "1", "2", "3", "4"]


def test_rows_that_name_no_picture_are_refused(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    (fresh.folder / "other").mkdir()
    (fresh.folder / "other" / "birds.csv").write_text(
        f"class,path\ncat,{folder}/cat/000.png\ncat,../pictures/cat/001.png\n"
    )
    names = ["cat/000.png", "./cat/001.png", "cat/000.png", "cat/gone.png", "../study.toml", ""]
    rows = [f"cat,{name}" for name in names] + [f'"",{folder}/boat/000.png']
    (folder / "birds.csv").write_text("\n".join(["class,path", *rows]))

    manifest = found(fresh, '"pictures/birds.csv"')

    assert manifest.images["path"].to_list() == ["cat/000.png", "cat/001.png"]
    outside = "lies outside the table's folder, or has no path"
    assert sorted(reason for _, reason in manifest.rejected.rows()) == [
        "is named more than once", "is not there", outside, outside, "no class: class is empty",
    ]  # fmt: skip
    with pytest.raises(ImagesError, match=r"no pictures in .*outside the table's folder"):
        found(fresh, '"other/birds.csv"')


def test_a_row_that_holds_no_picture_is_refused(fresh, folder):
    rows = pictures(folder)
    content = [one for _, one in rows]
    content[3], content[4] = None, b"nothing"
    labels = [CLASSES[index] for index, _ in rows]
    labels[5] = None
    table = pa.table({"jpg": pa.array(content, pa.binary()), "class": labels})
    pq.write_table(table, fresh.folder / "birds.parquet")

    manifest = found(fresh, '"birds.parquet"')

    rejected = dict(manifest.rejected.rows())
    assert "holds no bytes" in rejected["birds.parquet/00000003"]
    assert "not a picture" in rejected["birds.parquet/00000004"]
    assert "class is empty" in rejected["birds.parquet/00000005"]
    assert len(manifest.images) == 67


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8, 0.99])
def test_damaged_parquet_names_its_file(fresh, folder, place):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 1")
    as_parquet(fresh.folder, folder)
    path = fresh.folder / "birds.parquet"
    content = bytearray(path.read_bytes())
    start = int(place * len(content))
    content[start : start + 60] = b"\xff" * len(content[start : start + 60])
    path.write_bytes(content)

    try:
        rejected = found(fresh, '"birds.parquet"').rejected.rows()
    except (ContainerError, ImagesError) as error:
        assert "birds.parquet" in str(error)
    else:
        assert all("birds.parquet" in name for name, _ in rejected)


@pytest.mark.parametrize(
    ("kind", "values"), [(pa.float64(), [0.0] * 70), (pa.list_(pa.int64()), [[0]] * 70)]
)
def test_classes_are_text_or_whole_numbers(fresh, folder, kind, values):
    table = pa.table({"img": [one for _, one in pictures(folder)], "label": pa.array(values, kind)})
    pq.write_table(table, fresh.folder / "birds.parquet")

    with pytest.raises(ContainerError, match="column label of .* need text or whole numbers"):
        found(fresh, '"birds.parquet"')


def test_a_class_that_is_not_given_away_is_none(fresh, folder):
    rows = [(-1 if n == 7 else index, one) for n, (index, one) in enumerate(pictures(folder))]
    table = pa.table({"img": [one for _, one in rows], "labels": [index for index, _ in rows]})
    pq.write_table(table, fresh.folder / "birds.parquet")

    manifest = found(fresh, '"birds.parquet"')

    assert manifest.rejected.rows() == [("birds.parquet/00000007", "no class: labels is -1")]
    assert manifest.classes.names == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ({"id": ["a"], "label": ["cat"]}, "has none for pictures; need one column of"),
        (
            {"path": ["a"], "kind": ["cat"]},
            "needs a column of paths .* has path, kind",
        ),
        ({"image": [b"x"], "kind": ["cat"]}, "has no column that tells classes, but image, kind"),
        ({"a": [b"x"], "b": [b"y"], "label": ["cat"]}, "has a and b for pictures"),
    ],
)
def test_parquet_without_pictures_or_classes_is_told(fresh, columns, why):
    pq.write_table(pa.table(columns), fresh.folder / "birds.parquet")

    with pytest.raises(ContainerError, match=why):
        found(fresh, '"birds.parquet"')


def test_parts_of_a_data_set_are_not_mixed(fresh, folder):
    (fresh.folder / "data").mkdir()
    hugging_face(fresh.folder / "data" / "train-00000-of-00001.parquet", folder, slice(0, 40))
    hugging_face(fresh.folder / "data" / "validation-00000-of-00001.parquet", folder)

    with pytest.raises(ClassFoldersError, match=r"the parts train, validation .* root = \["):
        found(fresh, '"data"')

    assert len(found(fresh, '["data/validation-00000-of-00001.parquet"]').images) == 70


def test_containers_that_call_classes_differently_are_told(fresh, folder):
    (fresh.folder / "data").mkdir()
    hugging_face(fresh.folder / "data" / "1.parquet", folder)
    hugging_face(fresh.folder / "data" / "2.parquet", folder, names=CLASSES[::-1])

    with pytest.raises(ContainerError, match="call their classes differently"):
        found(fresh, '"data"')
