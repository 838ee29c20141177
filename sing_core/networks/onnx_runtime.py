"""A network's forward pass through ONNX Runtime, on many processors faster than PyTorch's."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.util import find_spec
from io import StringIO
from pathlib import Path

import torch
from torch import nn

#: From (n, c, h, w) float32 to vectors (n, d).
Vectors = Callable[[torch.Tensor], torch.Tensor]

#: What it takes: the engine, and what writes its files.
_NEEDED = ("onnxruntime", "onnx", "onnxscript")


class NotExportedError(RuntimeError):
    """A network that ONNX cannot express, or not in one file."""


def lacking() -> str | None:
    """What is not installed of all that this needs; None if nothing is."""
    return next((name for name in _NEEDED if find_spec(name) is None), None)


def export(module: nn.Module, vectors: Vectors, example: torch.Tensor, path: Path) -> None:
    """Write what computes ``vectors`` by ``module``, for batches of any size, in float32.

    Raises
    ------
    NotExportedError
        If the exporter fails, with its first words.
    """
    count = torch.export.Dim("n")
    try:
        with _quietly(), torch.inference_mode(False), torch.no_grad():
            program = torch.onnx.export(
                _Whole(module, vectors), (example.clone(),), dynamo=True,
                dynamic_shapes=({0: count},), verbose=False,
            )  # fmt: skip
            assert program is not None
            path.write_bytes(program.model_proto.SerializeToString())
    except Exception as error:  # the exporter raises whatever it meets; a file has at most 2 GB
        words = (str(error) or type(error).__name__).strip().splitlines()[0][:200]
        raise NotExportedError(words) from error


def load(path: Path) -> Vectors:
    """Load what was exported. Each call computes on the thread that calls, and on no other."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()

    def vectors(batch: torch.Tensor) -> torch.Tensor:
        (found,) = session.run(None, {given.name: batch.contiguous().numpy()})
        return torch.from_numpy(found)

    return vectors


class _Whole(nn.Module):
    """The forward pass from input to vectors, as a module of its own."""

    def __init__(self, module: nn.Module, vectors: Vectors) -> None:
        super().__init__()
        self.module, self._vectors = module, vectors

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self._vectors(batch)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep to ourselves what the exporter says of itself."""
    level = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
