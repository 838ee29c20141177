import numpy as np
import pytest
from safetensors.numpy import load_file

from flows import cli


def test_doctor_plots_the_spectrum_with_the_cut(fresh, capsys):
    code = cli.command(["doctor", str(fresh.study), "--data", str(fresh.root.path), "--spectrum"])

    out = capsys.readouterr().out
    assert code == 0
    plot = out[out.index("res: singular values") : out.index("byob: singular values")].splitlines()
    weight = load_file(fresh.folder / "res.safetensors")["fc.weight"]
    sigma = np.linalg.svd(weight, compute_uv=False)
    values = [float(line.split()[1]) for line in plot[1:] if line.strip() and "cut" not in line]
    assert values[0] == pytest.approx(sigma[0], rel=1e-2)
    assert values[-1] == pytest.approx(sigma[-1], rel=1e-2)
    assert values == sorted(values, reverse=True)
    assert plot[-2].split()[0] == "cut"  # every one of the forty counts
    assert plot[-2].endswith("56 unseen")
