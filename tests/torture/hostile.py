"""Trials of input that means harm, or that nobody meant: right or told in words."""

import random

from tests.torture.box import JARGON, Boxes


def hostile_study(boxes: Boxes, rng: random.Random) -> str:
    """Bytes of the study file, a checkpoint, a picture or a list are others: right or told."""
    box = boxes.fresh()
    path = rng.choice([
        box.study, box.study, box.folder / "res.safetensors", box.folder / "concepts.txt",
        box.folder / "clip/open_clip_config.json", box.folder / "clip/open_clip_model.safetensors",
        rng.choice(sorted((box.folder / "pictures").rglob("*.png"))),
    ])  # fmt: skip
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 3, 30))):
        place = rng.randrange(len(content))
        match rng.randrange(3):
            case 0:
                content[place] = rng.randrange(256)
            case 1:
                del content[place : place + rng.randrange(40)]
            case _:
                content[place:place] = rng.choice(_STRANGE)
        content = content or bytearray(b"\0")
    path.write_bytes(content)
    ended = box.run()
    about = f"other bytes in {path.relative_to(box.folder)}"
    if ended.code != 0:
        ended.require_sentence(about)
    assert not any(word in ended.said for word in JARGON), f"{about}: {ended.said[-1500:]}"
    return f"{about}: {ended.code}"


_STRANGE = (
    b"\0", b"\xff\xfe", b"\x1b[2J", b"[", b"]]", b'"""', b"=", b"\n[images]\n", b"1e999", b"nan",
    b"../../", b"{", "\N{RIGHT-TO-LEFT OVERRIDE}".encode(), b"-1", b"\r", b"'" * 50, b"9" * 400,
)  # fmt: skip


def hostile_query(boxes: Boxes, rng: random.Random) -> str:
    """A question that means harm is answered in words, and reads and writes nothing else."""
    box = boxes.finished()
    secret = box.folder / "secret.csv"
    secret.write_text("a\nhunter2\n")
    words = [*_WORDS, f"'{secret}'", f"read_csv('{secret}')", f"read_text('{secret}')",
             f"attach '{secret}'", f"copy main.runs to '{box.folder}/stolen.csv'"]  # fmt: skip
    query = " ".join(rng.choice(words) for _ in range(rng.randrange(1, 12)))
    ended = box.command("sql", query, "--format", "csv")
    if ended.code != 0:
        ended.require_sentence(query)
    assert "hunter2" not in ended.out + ended.said, query
    assert not (box.folder / "stolen.csv").exists(), query
    box.require_right(query)
    return f"{query!r}: {ended.code}"


_WORDS = (
    "select", "from", "main.runs", "latest.model_scores", "*", ",", "(", ")", "where", "1", "union",
    "all", "join", "pragma", "set", "install", "load", "httpfs", ";", "'", '"', "--", "/*", "$$",
    "export database", "delete from", "update", "drop table main.runs", "create table t as", "\0",
    "getenv('HOME')", "duckdb_settings()", "glob('/*')", "call", "with recursive", "lateral",
)  # fmt: skip


def hostile_names(boxes: Boxes, rng: random.Random) -> str:
    """Classes have odd names; everything that tells of them still works."""
    box = boxes.fresh()
    folder = box.folder / "pictures"
    names = rng.sample(_NAMES, 3)
    for old, new in zip(sorted(folder.iterdir()), names, strict=False):
        old.rename(folder / new)
    ended, about = box.run(), f"classes {names}"
    if ended.code != 0:
        ended.require_sentence(about)
        return f"{about}: {ended.code}"
    for line in (("findings", "small"), ("runs",), ("export", "classes_", box.folder / "a.csv")):
        told = box.command(*line)
        assert not any(word in told.said for word in JARGON), f"{about}, {line}: {told.said}"
        assert "\x1b" not in told.out, f"{about}, {line}: an escape sequence"
    return f"{about}: {ended.code}"


_NAMES = [
    "a\x1b[31mred", "\N{RIGHT-TO-LEFT OVERRIDE}txt", "a\nb", "a\tb", " ", "'; drop table runs;--",
    "<img src=x onerror=alert(1)>", "*", "[v1]", "100%", "{}", "a" * 200, "\N{CAT FACE}", "père",
    "pe\N{COMBINING GRAVE ACCENT}re", "con", "-rf", "null", "1e5", "a\\b", 'say "hi"', ":smile:",
]  # fmt: skip
