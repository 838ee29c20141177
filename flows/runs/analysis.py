"""An analysis of a run's models, as one value: what it leaves, what it needs, who does it.

``flows/pipeline.py`` lists them in order, and carries them out: what was left
before is not made again, and progress is shown under the analysis's name.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flows.runs.extracted import ExtractedRun
from flows.runs.stored_model import StoredModel
from flows.terminal.progress import Advance


@dataclass(frozen=True)
class Analysis:
    """What is done to each model of a run.

    Attributes
    ----------
    name
        In words, as before "of MODEL": "scoring controls".
    leaves, files
        Tables and other files of a model that are there when it is done, and
        whole: what is there is not made again.
    needs
        Tables of the same model that it reads; analyses before it leave them.
    carry_out
        Leave the tables, calling the last argument with how much more is done.
    size, unit
        How much there is to do, and of what.
    applies
        Whether there is anything to do in a run.
    """

    name: str
    leaves: tuple[str, ...]
    needs: tuple[str, ...]
    carry_out: Callable[[ExtractedRun, StoredModel, Advance], None]
    files: Callable[[StoredModel], tuple[Path, ...]] = lambda _model: ()
    size: Callable[[ExtractedRun], int] = lambda run: len(run.images)
    unit: str = "pictures"
    applies: Callable[[ExtractedRun], bool] = lambda _run: True

    def is_done(self, model: StoredModel) -> bool:
        """Whether everything that it leaves of a model is there."""
        return all(path.exists() for path in (*map(model.table, self.leaves), *self.files(model)))
