"""docs/glossary.md and its pictures: the words that the pages explain, and nothing else.

python docs/make_glossary.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from dashboards.words.glossary import glossary


def made() -> dict[str, str]:
    """Return the files by their place below docs/."""
    rows = ["# Ten words\n", "| word | means | |", "| --- | --- | --- |"]
    pictures = {}
    for one in glossary():
        means = one.meaning.replace("|", "\\|")
        rows.append(f"| **{one.word}** | {means} | ![{one.alt}](words/{one.file}) |")
        pictures[f"words/{one.file}"] = one.svg
    rows.append(
        "\nAll of them in one picture:\n\n![An equivalent pair and its two scores.]"
        "(equivalent-pair.svg)\n"
    )
    return {"glossary.md": "\n".join(rows), **pictures}


if __name__ == "__main__":
    for name, text in made().items():
        place = Path(__file__).parent / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
