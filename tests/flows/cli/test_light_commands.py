"""Commands that only read load no network: they answer in the time of a question in SQL."""

import subprocess
import sys

#: What takes seconds to load, and only new features, texts or fits need.
HEAVY = ("torch", "torchvision", "timm", "open_clip", "inflect", "prefect", "scipy")

#: After each command, what of that is loaded.
SCRIPT = """
import sys
from flows.cli import command

heavy, data, out = sys.argv[1].split(","), sys.argv[2], sys.argv[3]
for line in (
    ["runs"], ["schema"], ["sql", "from latest.model_scores"], ["findings", "small"],
    ["findings", "small", "--class", "boat"], ["compare", "small", "small"],
    ["gate", "small", "--rule", "is_as_ratio >= 0"], ["card", "small", "--model", "res"],
    ["status"], ["export", "models", f"{out}/models.csv"],
    ["report", "small", "--out", f"{out}/report.html"],
):
    at = [] if line == ["schema"] else ["--data", data]
    code = command([*line, *at])
    print(line[0], code, *sorted(set(heavy) & set(sys.modules)), sep="|", file=sys.stderr)
import sing_core.statistics.order_agreement  # what compare needs of three models or more
print("orders", 0, *sorted(set(heavy) & set(sys.modules)), sep="|", file=sys.stderr)
"""


def test_they_load_no_network(made_once, tmp_path):
    arguments = [",".join(HEAVY), str(made_once.root.path), str(tmp_path)]

    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, check=True
    )

    told = [line for line in ran.stderr.splitlines() if "|" in line]
    assert told == [
        f"{name}|0"
        for name in (
            "runs",
            "schema",
            "sql",
            "findings",
            "findings",
            "compare",
            "gate",
            "card",
            "status",
            "export",
            "report",
            "orders",
        )
    ]
