"""The made world's pictures in tar archives and Parquet, as sets of pictures are handed on."""

import io
import json
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq

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
