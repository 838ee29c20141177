"""Tensors with a digest of their own: one bit anywhere, and they are not read."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.support.bits import flipped_everywhere
from warehouse.files import DamagedFileError
from warehouse.stored import tensors


@pytest.fixture
def path(tmp_path, rng):
    path = tmp_path / "head.safetensors"
    weight = rng.normal(size=(3, 4)).astype(np.float32)
    tensors.write(path, {"weight": weight, "bias": np.zeros(3)}, {"model": "res", "n": 3})
    return path


def test_they_are_read_back_and_by_other_programs(path):
    found, about = tensors.read(path)

    assert about == {"model": "res", "n": 3}
    assert {name: array.shape for name, array in found.items()} == {"weight": (3, 4), "bias": (3,)}
    np.testing.assert_array_equal(load_file(path)["weight"], found["weight"])


def test_the_same_is_stored_as_the_same_bytes(path):
    before = path.read_bytes()
    tensors.write(path, *tensors.read(path))

    assert path.read_bytes() == before


def test_no_flipped_bit_is_read_as_another_number(path):
    (expected, facts), told = tensors.read(path), 0
    n_bytes = path.stat().st_size
    for _ in flipped_everywhere(path):
        try:
            found, about = tensors.read(path)
        except DamagedFileError as error:
            assert "head.safetensors" in str(error)
            assert "`sing run STUDY --verify`" in str(error)
            told += 1
            continue
        # What is left are spaces, and a digest that is not called so any more.
        assert facts.items() <= about.items()
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)

    assert told > 0.9 * n_bytes


@pytest.mark.parametrize("metadata", [None, {"about": json.dumps({"model": "res"})}])
def test_a_file_of_an_earlier_version_has_no_digest(tmp_path, metadata):
    path = tmp_path / "old.safetensors"
    save_file({"weight": np.ones(2)}, path, metadata=metadata)

    assert tensors.read(path)[1] == ({"model": "res"} if metadata else {})
