"""Extraction: each picture decoded once, each shard written once, resumed where it stopped."""

import numpy as np
import pytest

from flows.extraction import carry_out, decode
from flows.features.sources import ExtractionError
from sing_core.networks.backbones import Backbone
from tests.support.counted import count_features
from warehouse.stored import parquet


def shards(made, model="res"):
    return sorted(made.root.features.glob(f"{model}/*/*.parquet"))


def vectors(made):
    pairs = (zip(*parquet.read_vectors(path), strict=True) for path in shards(made))
    return {image_id: vector for shard in pairs for image_id, vector in shard}


def test_a_picture_is_decoded_once_for_all_models_and_the_space(fresh, monkeypatch):
    real, seen = decode.decode_picture, []
    monkeypatch.setattr(decode, "decode_picture", lambda content: seen.append(1) or real(content))

    fresh.run()

    assert len(seen) == 70
    sizes = [len(parquet.read_ids(path)[0]) for path in shards(fresh)]
    assert sorted(sizes) == [6, 16, 16, 16, 16]


def test_only_a_missing_shard_is_extracted_again(made, monkeypatch):
    whole = {path: parquet.read_vectors(path) for path in shards(made)}
    lost = next(path for path, (ids, _) in whole.items() if len(ids) == 16)
    lost.unlink()
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    seen = count_features(monkeypatch)

    made.run()

    assert seen == {"features": 16}
    assert shards(made) == sorted(whole)
    ids, vectors = parquet.read_vectors(lost)
    assert ids == whole[lost][0]
    np.testing.assert_array_equal(vectors, whole[lost][1])


def test_the_batch_size_changes_features_by_rounding_alone(made, monkeypatch):
    before = vectors(made)
    for path in made.root.features.rglob("*.parquet"):
        path.unlink()
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300\nbatch_size = 3")

    made.run()

    after = vectors(made)
    assert before.keys() == after.keys()
    for image_id, vector in after.items():
        np.testing.assert_allclose(vector, before[image_id], rtol=1e-4, atol=1e-5)


def test_new_weights_are_extracted_anew(made, monkeypatch):
    from tests.support import world

    world.save_model(made.folder / "res.safetensors", "test_resnet", 77, num_classes=40)
    seen = count_features(monkeypatch)

    made.run()

    assert seen == {"features": 8 + 70}
    assert len(made.rows("select distinct weights_sha256 from models where model = 'res'")) == 2


def test_features_that_are_not_finite_stop_the_run(fresh, monkeypatch):
    real = Backbone.vectors

    def spoiled(self, batch):
        features = real(self, batch)
        if len(batch) < 8:  # the last batch of a shard; the proof's has 8
            features[-1, 0] = np.nan
        return features

    monkeypatch.setattr(Backbone, "vectors", spoiled)
    fresh.rewrite("shard_size = 16", "shard_size = 16\nbatch_size = 5")

    with pytest.raises(
        ExtractionError, match=r"res gives features that are not finite \(first: ap"
    ):
        fresh.run()


def test_a_picture_that_changes_during_the_run_stops_it(fresh, monkeypatch):
    real = carry_out.decoded

    def changed(decoder, *rest):
        (decoder.root / "boat/003.png").write_bytes(b"other")
        return real(decoder, *rest)

    monkeypatch.setattr(carry_out, "decoded", changed)

    with pytest.raises(ExtractionError, match=r"boat/003.png changed while.*run the study again"):
        fresh.run()


def test_features_and_embeddings_have_the_same_two_columns(made_once):
    # Others read these files: their names and columns are promised.
    for kind in ("features", "embeddings"):
        for path in made_once.root.path.glob(f"{kind}/*/*/*.parquet"):
            assert parquet.pq.read_schema(path).names == ["image_id", "feature"]
