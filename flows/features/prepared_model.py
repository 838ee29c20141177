"""What is known of a model before any extraction: its head's file, and the facts stored in it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from sing_core.networks.precision import Precision
from warehouse.files import MADE_ANEW, DamagedFileError
from warehouse.stored import tensors


@dataclass(frozen=True)
class PreparedModel:
    """A model of a study whose head was proven and stored.

    Attributes
    ----------
    forward
        Stands for everything that turns pictures into features beside the
        weights' values: architecture, arguments, head input, timm's version. Of a
        model that is given as arrays it stands for its features.
    weights_entry
        Which entry of a training checkpoint the weights are; empty where there is
        no other, None in a file of before this was told.
    precision, precision_angle_deg
        What its features are computed in, and the largest angle by which that was
        measured to turn one; chosen by the study, not stored with the head.
    """

    id: str
    architecture: str
    weights_sha256: str
    n_features: int
    n_classes: int
    storage_dtype: str
    preprocessing: str
    forward: str
    logit_proof_max_abs: float | None
    head_file: Path
    weights_entry: str | None = None
    precision: Precision = "float32"
    precision_angle_deg: float | None = None

    @classmethod
    def read(cls, head_file: Path) -> "PreparedModel":
        """Read what is known of a stored head."""
        _, facts = tensors.read(head_file)
        try:
            return cls(id=facts.pop("model"), head_file=head_file, **facts)
        except (KeyError, TypeError) as error:
            raise DamagedFileError(
                f"{head_file} does not say what model it is of; {MADE_ANEW}"
            ) from error

    def facts(self) -> dict[str, Any]:
        """What is stored with the head, wherever its file lies."""
        facts = asdict(self)
        for chosen in ("head_file", "precision", "precision_angle_deg"):
            del facts[chosen]
        return {"model": facts.pop("id"), **facts}

    def head(self) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"]]:
        """Weight (classes × features) and bias (classes) of the head, float32."""
        head, _ = tensors.read(self.head_file)
        return head["weight"], head["bias"]
