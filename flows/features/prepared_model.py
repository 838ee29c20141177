"""What is known of a model before any extraction: its head's file, and the facts stored in it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors import safe_open


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

    @classmethod
    def read(cls, head_file: Path) -> "PreparedModel":
        """Read what is known of a stored head."""
        with safe_open(head_file, framework="numpy") as file:
            facts = json.loads(file.metadata()["about"])
        return cls(id=facts.pop("model"), head_file=head_file, **facts)

    def facts(self) -> dict[str, Any]:
        """What is stored with the head, wherever its file lies."""
        facts = asdict(self)
        del facts["head_file"]
        return {"model": facts.pop("id"), **facts}

    def head(self) -> tuple[Float[np.ndarray, "c m"], Float[np.ndarray, " c"]]:
        """Weight (classes × features) and bias (classes) of the head, float32."""
        with safe_open(self.head_file, framework="numpy") as file:
            return file.get_tensor("weight"), file.get_tensor("bias")
