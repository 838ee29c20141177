"""How the scores of a study depend on the translator's ridge strength.

    python benchmarks/ridge.py STUDY [DATA]

Uses the features of a finished run (carried out first if need be) and prints,
for each strength, the held-out cosine and the scores' medians.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from flows.decompose_heads import spaces_of
from flows.embed_texts import embed_texts
from flows.find_images import find_images
from flows.pipeline import run_study
from flows.prepare_models import prepare_model
from flows.runs import Inputs
from flows.study_file import load_study, vocabulary
from sing_core.angles import unit
from sing_core.scores import PairScorer
from sing_core.translator import Moments, fit_ridge, lambda_grid
from warehouse.layout import DataRoot
from warehouse.vectors import VectorFolder


def main(study_file: str, data: str | None) -> None:
    study, root = load_study(study_file), DataRoot.choose(data)
    run_id = run_study(study, root).run_id
    manifest = find_images(study, root)
    concepts = vocabulary(study.concepts)
    texts = embed_texts(study, manifest, concepts, root)
    side = dict(manifest.images.select("image_id", "split").iter_rows())
    index = dict(manifest.images.select("image_id", "class_index").iter_rows())
    for model in study.models:
        head = prepare_model(model, manifest, root)
        inputs = Inputs(study, manifest, [head], texts, concepts)
        shards = list(VectorFolder(inputs.features(head, root).folder).shards())
        ids = [i for shard, _ in shards for i in shard]
        x = np.concatenate([vectors for _, vectors in shards])
        z = VectorFolder(inputs.embeddings(root).folder).take(ids)
        fit = np.array([side[i] == "fit" for i in ids])
        moments = Moments(x.shape[1], z.shape[1])
        moments.add(x[fit], z[fit])
        spaces = spaces_of(head, run_id, root)
        classes = np.array([index[i] for i in ids])
        print(model.id, "lambda, held-out cosine, median |AS|, median IS, ratio", sep="\n")
        for strength in lambda_grid(moments):
            translator = fit_ridge(moments, strength, intercept=study.translator.intercept)
            cosine = (unit(translator(x[~fit])) * unit(z[~fit])).sum(axis=1).mean()
            scorer = PairScorer(*head.arrays(), spaces, translator, *texts.arrays())
            scores = scorer.score(x, classes)
            a, i = np.median(np.abs(scores.as_deg)), np.median(scores.is_deg)
            print(f"{strength:9.3g} {cosine:.4f} {a:7.3f} {i:7.2f} {i / a:7.2f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
