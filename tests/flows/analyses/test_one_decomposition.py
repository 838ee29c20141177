"""A head is decomposed once: it is the slowest step of the arithmetic."""

import numpy as np

from flows.questions.published_run import PublishedRun
from flows.runs import stored_model


def count_svds(monkeypatch):
    real, shapes = np.linalg.svd, []

    def counted(matrix, *rest, **options):
        shapes.append(matrix.shape)
        return real(matrix, *rest, **options)

    monkeypatch.setattr(np.linalg, "svd", counted)
    return shapes


def test_once_a_run(made, monkeypatch):
    heads = [tuple(row.values()) for row in made.rows("select n_classes, n_features from models")]
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    decomposed = count_svds(monkeypatch)

    assert made.run().worked

    assert sorted(decomposed) == sorted(heads)


def test_once_by_a_process_that_answers_many_questions(made_once, monkeypatch):
    stored_model._decomposed.cache_clear()
    decomposed = count_svds(monkeypatch)

    for _ in range(3):
        run = PublishedRun(made_once.outcome.run_id, made_once.root)
        assert run.model("res").spaces.null_dim > 0

    assert len(decomposed) == 1
