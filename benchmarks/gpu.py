"""Extraction on a CUDA machine, in under seven minutes: the lines of docs/benchmarks.md.

    python benchmarks/gpu.py FOLDER

ResNet-50 alone and with CLIP ViT-L/14 over 8,000 JPEGs, in float32 and float16,
and the demo; each against decoding alone, forward passes alone, and the loop.
"""

import subprocess
import sys
import time
from pathlib import Path

_NETWORKS = ["--models", "resnet50", "--space", "ViT-L-14"]
_MANY = ["--pictures", "8000", "--precisions", "float32,float16"]
_RUNS = (_MANY, [*_MANY, "--together"], ["--pictures", "64", "--demo"])


def main() -> None:
    script, begun = Path(__file__).with_name("extraction.py"), time.monotonic()
    for run in _RUNS:
        command = [sys.executable, script, sys.argv[1], *_NETWORKS, *run]
        subprocess.run(command, check=False)
        print(f"[{time.monotonic() - begun:.0f} s]", flush=True)


if __name__ == "__main__":
    main()
