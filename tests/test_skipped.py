"""What is not tested is said."""

import os
import re
import subprocess
import sys
from pathlib import Path


def test_without_chromium_the_output_says_how_many_tests_are_skipped_and_what_brings_it(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/browser", "-p", "no:cacheprovider"],
        cwd=Path(__file__).parent.parent,
        env={k: v for k, v in os.environ.items() if k != "CI"} | {"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )

    (all_of_them,) = re.findall(r"^(\d+) skipped in", ran.stdout, re.M)
    assert (
        f"{all_of_them} skipped: the pages in a real browser; Debian's packages chromium and "
        "chromium-driver bring it (apt-get install chromium chromium-driver)"
    ) in ran.stdout
    told = (Path(__file__).parent.parent / "README.md").read_text()
    assert f"the {all_of_them} tests of the pages in a browser are skipped" in told
