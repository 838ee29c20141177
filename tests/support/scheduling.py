"""Which tests go to one worker: those of a file, and of files that share what is dear to make."""

from collections import OrderedDict

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


#: Few tests that take long: begun first, so that no worker is left with one of them at the end.
LONG = (
    "killed", "made world", "tests/flows/engines/test_clusters.py",
    "tests/flows/engines/test_workers.py", "tests/flows/test_object_store.py",
    "tests/torture/test_sample.py", "Prefect", "tests/test_notebooks.py", "tests/test_package.py",
    "tests/browser/test_pages.py",
)  # fmt: skip


class _LongFirst(OrderedDict):
    """Work that is not begun: by its order, but what takes long before all else."""

    def popitem(self, last=True):
        for name in LONG:
            if not last and name in self:
                return name, self.pop(name)
        return super().popitem(last)


class LoadSharedScheduling(LoadFileScheduling):
    """As `--dist loadfile`, but for files that stay together, and what takes long first."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.workqueue = _LongFirst()

    def _split_scope(self, nodeid: str) -> str:
        for start, name in TOGETHER.items():
            if nodeid.startswith(start):
                return name
        return super()._split_scope(nodeid)
