"""The device that models run on."""

import platform
from pathlib import Path

import torch


def device() -> torch.device:
    """Return the device that models run on: CUDA where there is one, else the CPU.

    On CUDA, products are made in full float32: TF32, PyTorch's default for
    convolutions, keeps 10 bits, and a 1×1 convolution head would fail its proof.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    return torch.device("cuda")


def name_of_device() -> str:
    """What that is called."""
    return str(torch.cuda.get_device_name()) if torch.cuda.is_available() else "no GPU"


def name_of_processor() -> str:
    """What the processor is called, and the instructions that PyTorch uses of it."""
    name = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{name}, {torch.backends.cpu.get_cpu_capability()}"
