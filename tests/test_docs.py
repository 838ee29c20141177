"""What the documents tell to run runs, and answers what they say; what they show is there."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from flows.pipeline import run_study
from flows.study.load import load_study
from warehouse.layout import DataRoot
from warehouse.read import Warehouse

HOME = Path(__file__).parent.parent
PAGE = HOME / "docs" / "arrays.md"


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


def tracked(*patterns):
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=HOME, capture_output=True, text=True, check=True
    )
    return set(listed.stdout.split("\0")) - {""}


def links(page):
    """Where a page's links and images lead, but for other hosts; code is no text."""
    text = re.sub(r"^```.*?^```|`[^`\n]*`", "", (HOME / page).read_text(), flags=re.M | re.S)
    found = re.findall(r"\]\(\s*<?([^)\s>]+)", text)
    found += re.findall(r"^ *\[[^\]]+\]:\s*(\S+)", text, re.M)
    found += re.findall(r"""<(?:img|a)\b[^>]*?\b(?:src|href)=["']([^"']+)""", text)
    return [target for target in found if not re.match(r"[a-z][a-z+.-]*:", target)]


def anchors(page):
    """Names that a page's headings have on GitHub."""
    text = re.sub(r"^```.*?^```", "", (HOME / page).read_text(), flags=re.M | re.S)
    names = []
    for heading in re.findall(r"^#+ +(.+?)\s*#*$", text, re.M):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        names.append(name if name not in names else f"{name}-{names.count(name)}")
    return names


@pytest.mark.parametrize("page", sorted(tracked("*.md")))
def test_every_link_and_picture_of_a_page_is_in_the_repository(page):
    files = tracked()
    folders = {str(parent) for file in files for parent in Path(file).parents}
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = os.path.normpath(Path(page).parent / unquote(path)) if path else page
        assert target in files | folders, f"{page} leads to {link}, which git does not have"
        if anchor and target.endswith(".md"):
            assert anchor in anchors(target), f"{page} leads to {link}; no heading is called so"


def test_pages_with_links_are_looked_at():
    assert "docs/screenshots/overview.png" in links("README.md")
    assert "../flows/studies/shapes/README.md" in links("docs/validation.md")
    assert "what-the-scores-mean" in anchors("README.md")


def test_the_documents_pictures_are_small():
    pictures = [HOME / file for file in tracked("docs/screenshots/*")]

    assert len(pictures) == 6
    assert sum(picture.stat().st_size for picture in pictures) < 1e6


def test_the_page_of_the_interface_is_made_from_the_docstrings():
    done = subprocess.run(
        [sys.executable, "docs/make_api.py"], cwd=HOME, capture_output=True, text=True, check=True
    )
    assert (HOME / "docs" / "api.md").read_text() == done.stdout


def test_the_page_of_commands_is_what_they_say():
    done = subprocess.run(
        [sys.executable, "docs/make_commands.py"],
        cwd=HOME, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (HOME / "docs" / "commands.md").read_text() == done.stdout


def test_the_page_of_words_is_what_the_pages_say():
    said = runpy.run_path(str(HOME / "docs" / "make_glossary.py"))["made"]()

    assert len(said) == 11
    for name, text in said.items():
        assert (HOME / "docs" / name).read_text() == text, "python docs/make_glossary.py"


def test_the_site_is_built_and_every_page_is_in_it(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)],
        cwd=HOME, capture_output=True, text=True, check=False,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    built = {
        page.relative_to(tmp_path).with_suffix(".md").as_posix()
        for page in tmp_path.rglob("*.html")
    }
    told = {page.removeprefix("docs/") for page in tracked("docs/*.md") if "/" not in page[5:]}
    assert told <= built
    assert "fonts.googleapis" not in (tmp_path / "index.html").read_text()
