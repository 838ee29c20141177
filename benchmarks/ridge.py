"""How the scores of a study depend on the translator's ridge strength.

    python benchmarks/ridge.py STUDY [DATA]

Uses the features of a finished run (carried out first if need be) and prints,
for each strength, the held-out cosine and the scores' medians.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from flows.pipeline import run_study
from flows.questions.published_run import PublishedRun
from flows.study.load import load_study
from sing_core.geometry.angles import unit
from sing_core.geometry.moments import Moments
from sing_core.geometry.translator import fit_ridge, lambda_grid
from sing_core.scores.pairs import PairScorer
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


def main(study_file: str, data: str | None) -> None:
    study, root = load_study(study_file), DataRoot.choose(data)
    run_id = run_study(study, root).run_id
    run = PublishedRun(run_id, root)
    rows = Warehouse(root).query(
        "select image_id, split from main.images where run_id = ?", [run_id]
    )
    side = dict(zip(*rows.to_pydict().values(), strict=True))
    class_texts, concept_texts = run.texts()
    for model in map(run.model, run.models):
        shards = list(model.features.shards(side))
        ids = [i for shard, _ in shards for i in shard]
        x = np.concatenate([vectors for _, vectors in shards])
        z = run.embeddings().take(ids)
        fit = np.array([side[i] == "fit" for i in ids])
        moments = Moments(x.shape[1], z.shape[1])
        moments.add(x[fit], z[fit])
        classes = np.array([run.class_of[i] for i in ids])
        print(model.id, "lambda, held-out cosine, median |AS|, median IS, ratio", sep="\n")
        for strength in lambda_grid(moments):
            translator = fit_ridge(moments, strength, intercept=study.translator.intercept)
            cosine = (unit(translator(x[~fit])) * unit(z[~fit])).sum(axis=1).mean()
            scorer = PairScorer(*model.head, model.spaces, translator, class_texts, concept_texts)
            scores = scorer.score(x, classes)
            a, i = np.median(np.abs(scores.as_deg)), np.median(scores.is_deg)
            print(f"{strength:9.3g} {cosine:.4f} {a:7.3f} {i:7.2f} {i / a:7.2f}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
