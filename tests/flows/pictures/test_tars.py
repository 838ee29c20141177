"""Tar archives as people make them: which class a picture is of, and what is told of the rest."""

import tarfile

import pytest

from flows.pictures.manifest import ClassFoldersError
from sing_core.files.contents import ContainerError
from tests.support.containers import add, as_tar, found, known, pictures
from tests.support.world import CLASSES


def written(place, members):
    with tarfile.open(place / "birds.tar", "w") as archive:
        for name, content in members:
            add(archive, name, content)
    return '"birds.tar"'


def named(manifest):
    return {
        path.removeprefix("birds.tar/"): name
        for path, name in manifest.images.select("path", "class_name").rows()
    }


def test_a_damaged_picture_is_refused_and_the_others_are_taken(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.5")
    with tarfile.open(fresh.folder / "birds.tar", "w") as archive:
        archive.add(folder, "")
        add(archive, "cat/broken.png", b"\x89PNG but no more")
        add(archive, "alone.png", (folder / "cat" / "000.png").read_bytes())
        add(archive, "cat/notes.md", b"about cats")
        add(archive, "cat/.hidden.png", b"")
        add(archive, "../cat/out.png", b"x")

    manifest = found(fresh, '"birds.tar"')

    assert len(manifest.images) == 70
    rejected = dict(manifest.rejected.rows())
    assert "not a picture that can be read" in rejected["birds.tar/cat/broken.png"]
    assert "no class: no folder" in rejected["birds.tar/alone.png"]
    passed_over = dict(manifest.passed_over.rows())
    assert passed_over["birds.tar/cat/notes.md"] == "no picture by its name"
    assert passed_over["birds.tar/cat/.hidden.png"] == "hidden"
    assert passed_over["birds.tar/../cat/out.png"] == "its name leads out of the archive"


@pytest.mark.parametrize(("share", "why"), [(0.5, "cut within this picture"), (0.5, "cut behind")])
def test_a_cut_archive_says_at_which_member(fresh, folder, share, why):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    as_tar(fresh.folder, folder)
    path = fresh.folder / "birds.tar"
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isreg()]
    member = members[int(share * len(members))]
    cut = member.offset_data + 100 if "within" in why else member.offset + 300
    path.write_bytes(path.read_bytes()[:cut])

    manifest = found(fresh, '"birds.tar"')

    *_, (name, reason) = manifest.rejected.rows()
    assert why in reason
    assert name.startswith("birds.tar/")
    assert 30 <= len(manifest.images) < 70


def test_the_class_is_the_surest_that_stands_beside_a_picture(fresh, folder):
    (_, one), (_, two), *_ = pictures(folder)
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    members = [
        ("x.00.jpg", one), ("x.00.cls", b"\xef\xbb\xbf07\n"), ("x.10.jpg", two), ("x.10.cls", b"7"),
        ("a.png", one), ("a.json", b'{"label": null, "class": 3, "x": 1}'), ("a.txt", b"a caption"),
        ("a.seg.png", two), ("b.PNG", two), ("b.CLS", b" 4 "), ("c.png", one), ("c.json", b"[1]"),
        ("d.png", one), ("d.json", b'{"label": ["bird"]}'),
    ]  # fmt: skip

    manifest = found(fresh, written(fresh.folder, members))

    assert named(manifest) == {
        "x.00.jpg": "7", "x.10.jpg": "7", "a.png": "3", "b.PNG": "4",
    }  # fmt: skip
    assert dict(manifest.passed_over.rows()) == {"birds.tar/a.seg.png": "a part of the sample a"}
    assert [path for path, _ in manifest.rejected.rows()] == ["birds.tar/c.png", "birds.tar/d.png"]


def test_class_folders_are_surer_than_notes_and_folders_around_them_say_nothing(fresh, folder):
    members = []
    for n, (index, content) in enumerate(pictures(folder)):
        members += [
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.png", content),
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.json", b'{"category": "no 5"}'),
            (f"data/v1/{CLASSES[index]}/2020.01.{n}.txt", f"picture {n}".encode()),
        ]

    assert known(found(fresh, written(fresh.folder, members))) == known(found(fresh, '"pictures"'))


def test_captions_are_no_classes(fresh, folder):
    members = []
    for n, (_, content) in enumerate(pictures(folder)):
        members += [(f"{n}.png", content), (f"{n}.txt", f"picture {n}".encode())]

    with pytest.raises(ContainerError, match="nearly every one tells another class .*: captions"):
        found(fresh, written(fresh.folder, members))


def test_parts_of_a_set_in_an_archive_are_no_classes(fresh, folder):
    members = [
        (f"{part}/{CLASSES[index]}/{n}.png", content)
        for part in ("train", "val")
        for n, (index, content) in enumerate(pictures(folder))
    ]

    with pytest.raises(ClassFoldersError, match="the parts train, val of a data set"):
        found(fresh, written(fresh.folder, members))


def test_nothing_is_lost_in_silence(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    place = fresh.folder / "shards"
    place.mkdir()
    as_tar(place, folder)
    whole = (place / "birds.tar").read_bytes()
    (place / "two.tar").write_bytes(whole + whole)  # one behind the other
    end = whole.rstrip(b"\0")
    (place / "unended.tar").write_bytes(end + bytes(-len(end) % 512))
    (place / "packed.tar.gz").write_bytes(b"\x1f\x8b")
    (place / "gone.tar").symlink_to(place / "nowhere.tar")
    (place / "more").mkdir()
    (place / "more" / "deep.tar").write_bytes(whole)
    (place / "._birds.tar").write_bytes(b"of a system")

    manifest = found(fresh, '"shards"')

    told = dict(manifest.rejected.rows()) | dict(manifest.passed_over.rows())
    assert sum("or another is behind it" in why for why in told.values()) == 2
    assert {"packed.tar.gz", "gone.tar", "more/deep.tar", "._birds.tar"} <= told.keys()
    assert len(manifest.images) == 3 * 70


def test_odd_members_are_told_one_by_one(fresh, folder):
    fresh.rewrite("[images]", "[images]\nmax_rejected = 0.9")
    (_, one), (_, two), *_ = pictures(folder)
    with tarfile.open(fresh.folder / "birds.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, "cat/a.png", one)
        link = tarfile.TarInfo("boat/linked.png")
        link.type, link.linkname = tarfile.LNKTYPE, "cat/a.png"
        archive.addfile(link)
        add(archive, "cat/a.png", two)
        add(archive, "cat/" + "long" * 1200 + ".png", one)
        archive.encoding = "latin-1"
        add(archive, "cat/vogel\xe4.png", one)

    manifest = found(fresh, '"birds.tar"')

    assert len(manifest.images) == 3
    assert named(manifest)["boat/linked.png"] == "boat"
    told = dict(manifest.rejected.rows()) | dict(manifest.passed_over.rows())
    assert told["birds.tar/cat/vogel\\xe4.png"] == "the name is not UTF-8; rename it"
    assert "the last is taken" in told["birds.tar/cat/a.png"]
