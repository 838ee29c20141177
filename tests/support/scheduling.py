"""Which tests go to one worker: those of a file, and of files that share what is dear to make."""

from xdist.scheduler import LoadFileScheduling

#: A training and a validated run; the server of killed processes; two runs by Prefect, and a
#: process that has imported it.
TOGETHER = {
    "tests/flows/made_world/": "made world",
    "tests/flows/cli/gc/": "killed",
    "tests/flows/test_crashes.py": "killed",
    "tests/flows/test_analyze.py": "Prefect",
    "tests/flows/test_prefect_history.py": "Prefect",
    "tests/flows/test_schedule.py": "Prefect",
}


class LoadSharedScheduling(LoadFileScheduling):
    """As `--dist loadfile`, but for files that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        for start, name in TOGETHER.items():
            if nodeid.startswith(start):
                return name
        return super()._split_scope(nodeid)
