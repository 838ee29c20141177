"""Every block of the documents runs here, or says above itself which test runs it, or why none can.

``<!-- run by: tests/FILE -->`` and ``<!-- not run: REASON -->`` stand in the line above a block.
"""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from torch import nn
from torchvision import transforms

import sing_core as sing
from flows.pipeline import run_study
from flows.study.load import load_study
from tests.support import world
from tests.support.command import SING
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

HOME = Path(__file__).parent.parent

#: Made from what runs: the help of the commands, docstrings whose examples are tests, the SQL.
MADE = {"api.md", "commands.md", "schema.md"}

#: What documents call a study, model, class and phrase, and what the tests' world has for it.
NAMES = {
    r"STUDY|birds\.toml|study\.toml|path/to/study\.toml": "study.toml",
    r"lite0|plain": "byob",
    r"fish": "apple",
    r"my-study|birds": "pictures",
}


@dataclass
class Block:
    page: str
    line: int
    language: str
    text: str
    mark: str

    def __str__(self):
        return f"{self.page}:{self.line}"


def blocks():
    for path in [
        HOME / "README.md",
        HOME / "CONTRIBUTING.md",
        *sorted((HOME / "docs").glob("*.md")),
    ]:
        if path.name in MADE:
            continue
        text = path.read_text()
        for found in re.finditer(r"(?:^<!-- (.*?) -->\n)?^```(\w*)\n(.*?)^```$", text, re.M | re.S):
            mark, language, inside = found.groups()
            line = text.count("\n", 0, found.start()) + 1
            yield Block(path.relative_to(HOME).as_posix(), line, language, inside, mark or "")


BLOCKS = list(blocks())


def of(*languages):
    return [one for one in BLOCKS if not one.mark and one.language in languages]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study, its pictures and two runs, called as the documents call them."""
    folder = tmp_path_factory.mktemp("documents")
    study = world.make(folder)
    (folder / "classes.txt").write_text("\n".join(world.CLASSES))
    # One network, whose classes are the study's: it can be right or wrong.
    text = re.sub(r'\[\[models\]\]\nid = "res".*?\n\n', "", study.read_text(), flags=re.S)
    text = text.replace("[images]", '[images]\nclass_names = "classes.txt"')
    for name, seed in (("demo", 0), ("pictures", 1), ("pictures", 2)):
        told = text.replace("small", name).replace("[analysis]", f"[analysis]\nseed = {seed}")
        study.write_text(told)
        run_study(load_study(study), DataRoot(folder / "data"))
    done = subprocess.run(
        [SING, "gate", "pictures", "--save", "figures.json", "--data", "data"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder


def renamed(text):
    for name, ours in NAMES.items():
        text = re.sub(rf"(?<![\w/-])(?:{name})(?![\w-])", ours, text)
    return text


def commands(block):
    """The command lines of a block, without comments and prompts."""
    text = re.sub(r"\\\n\s*", " ", block.text)
    for line in text.splitlines():
        line = re.sub(r"\s{2,}#.*$|^#.*$", "", line).strip().removeprefix("$ ")
        if line:
            yield line


@pytest.mark.parametrize("block", of("", "bash", "console"), ids=str)
def test_commands_run(block, folder):
    for line in commands(block):
        words = shlex.split(renamed(line).removeprefix(".venv/bin/"))
        assert words[0] == "sing", f"{block}: {line!r} is no command of ours; mark the block"
        if words[1] == "run":
            words.append("--plain")  # the same steps without a server of Prefect
        done = subprocess.run(
            [SING, *words[1:]], cwd=folder, capture_output=True, text=True, check=False,
            env=os.environ | {"SING_DATA": str(folder / "data")},
        )  # fmt: skip
        # 1 is an answer too: a gate's rule that is broken.
        known = (0, 1) if words[1] in ("gate", "status") else (0,)
        assert done.returncode in known, f"{block}: {line}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("block", of("sql"), ids=str)
def test_queries_have_an_answer(block, folder):
    query = "\n".join(line for line in block.text.splitlines() if not line.startswith("--"))
    assert Warehouse(DataRoot(folder / "data")).query(query).column_names


@pytest.mark.parametrize("block", of("toml"), ids=str)
def test_settings_are_read(block, folder):
    given = tomllib.loads(block.text)
    if given.keys() <= {"engine", "storage"}:
        settings = folder / "settings.toml"
        settings.write_text(block.text)
        done = subprocess.run(
            [sys.executable, "-c", "from warehouse.settings import load_settings; load_settings()"],
            cwd=folder, capture_output=True, text=True, check=False,
            env=os.environ | {"SING_SETTINGS": str(settings)},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return
    study = folder / "told.toml"
    part = "images" not in given
    study.write_text((folder / "study.toml").read_text() + block.text if part else block.text)
    for name in ("pictures", "birds", "clip"):
        (folder / name).mkdir(exist_ok=True)
    load_study(study, random_weights=True)


@pytest.mark.parametrize("block", of("python"), ids=str)
def test_lines_of_python_run(block, folder, monkeypatch):
    monkeypatch.chdir(folder)
    space = sing.space("local-dir:clip")
    monkeypatch.setattr(sing, "space", lambda *named: space)  # weights that are here
    network = nn.Sequential(
        OrderedDict(pool=nn.AdaptiveAvgPool2d(4), flat=nn.Flatten(), fc=nn.Linear(48, 5))
    )
    transform = transforms.Compose([transforms.Resize((64, 64)), transforms.ToTensor()])
    rng = np.random.default_rng(0)
    given = {
        "my_network": network, "my_transform": transform,
        "pictures": sorted(Path("pictures").rglob("*.png")),
        "weight": rng.normal(size=(5, 32)), "bias": np.zeros(5), "texts": rng.normal(size=(3, 8)),
        "features": rng.normal(size=(90, 32)), "embeddings": rng.normal(size=(90, 8)),
    }  # fmt: skip
    if "sing." in block.text:
        given["sing"] = sing
    exec(compile(block.text, str(block), "exec"), given)


@pytest.mark.parametrize("block", [one for one in BLOCKS if one.mark], ids=str)
def test_a_mark_says_where_or_why(block):
    kind, _, reason = block.mark.partition(": ")
    if kind == "run by":
        assert (HOME / reason).is_file(), f"{block}: there is no {reason}"
    else:
        assert kind == "not run", f"{block}: {block.mark!r} is neither 'run by' nor 'not run'"
        assert len(reason.split()) >= 3, f"{block}: say why it is not run"


def test_every_block_is_of_a_kind_that_is_looked_at():
    told = {"", "bash", "console", "python", "sql", "toml"}
    left = [
        f"{one} ({one.language})" for one in BLOCKS if not one.mark and one.language not in told
    ]
    assert not left
    assert len(BLOCKS) > 30
