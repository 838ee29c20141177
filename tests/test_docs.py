"""What the documents tell to run runs, and answers what they say."""

import re
import subprocess
import sys
from pathlib import Path

from flows.pipeline import run_study
from flows.study.load import load_study
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

PAGE = Path(__file__).parent.parent / "docs" / "arrays.md"


def block(language):
    (text,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    return text


def test_the_example_of_arrays(tmp_path):
    subprocess.run([sys.executable, "-c", block("python")], cwd=tmp_path, check=True)
    study = tmp_path / "messages.toml"
    study.write_text(block("toml"))
    root = DataRoot(tmp_path / "data")

    run_study(load_study(study), root)

    query, _, answer = block("sql").partition("-- ")
    rows = Warehouse(root).query(query).to_pylist()
    assert " | ".join(" ".join(str(v) for v in row.values()) for row in rows) == answer.strip()
