"""Torture for so long: ``python -m tests.torture --minutes 15``; ``make torture`` does that."""

import argparse
import secrets
import sys

from tests.torture.rounds import every_operation, torture

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--minutes", type=float, default=14.0)
parser.add_argument("--seed", type=int, default=None)
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("--only", default="", help="One kind of trial, such as damaged.")
parser.add_argument(
    "--every-operation", action="store_true", help="Each file operation of a run fails in turn."
)
parser.add_argument("--verbose", action="store_true", help="Say what each trial did.")


def main() -> int:
    asked = parser.parse_args()
    seed = secrets.randbelow(2**32) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    if asked.every_operation:
        result = every_operation(seed, asked.workers)
    else:
        result = torture(60 * asked.minutes, seed, asked.workers, only=asked.only)
    print(result.table())
    for told in (line for lines in result.told.values() for line in lines if asked.verbose):
        print(told)
    return 1 if result.failures else 0


if __name__ == "__main__":
    sys.exit(main())
