"""The made world's pictures in tar archives and Parquet, as sets of pictures are handed on."""

import io
import json
import re
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq

from flows.pictures.find_images import find_images
from flows.study.load import load_study
from tests.support.world import CLASSES


def pictures(folder):
    """Class index and content of each, by name."""
    return [
        (index, path.read_bytes())
        for index, name in enumerate(CLASSES)
        for path in sorted((folder / name).iterdir())
    ]


def add(archive, name, content):
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def tar_of_folders(path, folder):
    with tarfile.open(path, "w") as archive:
        archive.add(folder, ".")


def webdatasets(path, folder, label=".cls", shards=2):
    """Shards with the class beside each picture; ``path`` has a place for the shard's number."""
    for shard in range(shards):
        with tarfile.open(str(path).format(shard), "w") as archive:
            for n, (index, content) in enumerate(pictures(folder)):
                if n % shards == shard:
                    told = {
                        ".cls": str(index),
                        ".txt": CLASSES[index],
                        ".json": json.dumps({"caption": "a\nb", "label": CLASSES[index]}),
                    }[label]
                    add(archive, f"{n:05}{label}", told.encode())
                    add(archive, f"{n:05}.png", content)


def hugging_face(path, folder, part=slice(None), names=CLASSES):
    """Parquet as ``datasets`` writes it, in row groups of a few pictures."""
    rows = pictures(folder)[part]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    about = {"image": {"_type": "Image"}}
    if names:
        about["label"] = {"names": list(names), "_type": "ClassLabel"}
    table = pa.table(
        {
            "image": pa.array([{"bytes": one, "path": None} for _, one in rows], kind),
            "label": pa.array([index for index, _ in rows], pa.int64()),
        }
    ).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": about}})})
    pq.write_table(table, path, row_group_size=12)


def found(made, root):
    """What a study finds below another root."""
    text = made.study.read_text()
    made.study.write_text(re.sub(r"root = .*", f"root = {root}", text))
    return find_images(load_study(made.study), made.root)


def known(manifest):
    return sorted(manifest.images.select("sha256", "class_index", "class_name").rows())


def as_tar(place, folder):
    tar_of_folders(place / "birds.tar", folder)
    return '"birds.tar"'


def as_parquet(place, folder):
    hugging_face(place / "birds.parquet", folder)
    return '"birds.parquet"'


def as_shards(label):
    def write(place, folder):
        (place / "shards").mkdir()
        webdatasets(place / "shards" / "birds-{:04}.tar", folder, label)
        return '"shards"'

    return write


def as_list(place, folder):
    (place / "a").mkdir()
    hugging_face(place / "a" / "one.parquet", folder, slice(0, 40))
    hugging_face(place / "two.parquet", folder, slice(40, None))
    return '["a/one.parquet", "two.parquet"]'


def as_csv(place, folder):
    paths = [path.relative_to(place) for path in folder.glob("*/*")]
    rows = [f"{path},{path.parent.name}" for path in paths]
    (place / "birds.csv").write_text("\n".join(["path,label", *rows]))
    return '"birds.csv"'


def as_tables_and_pictures(place, folder):
    hugging_face(place / "one.parquet", folder, slice(0, 40), names=None)
    paths = sorted(folder.glob("*/*"))[40:]
    table = {
        "file_name": [str(path.relative_to(place)) for path in paths],
        "label": [CLASSES.index(path.parent.name) for path in paths],
    }
    pq.write_table(pa.table(table), place / "two.parquet")
    return '["one.parquet", "two.parquet"]'
