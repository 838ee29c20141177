"""A run in one HTML file that needs no network: to mail, or to keep."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

import polars as pl

from dashboards.charts import classes, concepts, cures, models, readouts, steering, validation
from dashboards.charts.palette import Palette
from dashboards.report import html
from dashboards.words import cures as cure_words
from dashboards.words import labels, sentences, verdicts
from dashboards.words.readouts import matters
from warehouse.read import Warehouse

#: Classes of a chart, phrases of a class, classes of a heat map.
_CLASSES, _PHRASES, _CONFUSED = 30, 12, 40

#: Sentences of a list, and phrases of one about all classes; the chart above it has the rest.
_SENTENCES, _SHARED = 4, 3

#: A sentence about steering is about most of the images, not of the few that can be turned at all.
_MOST_REACH = 0.5


class Report:
    """Writes the report of one run.

    Parameters
    ----------
    run
        A row of table ``runs``.
    """

    def __init__(self, warehouse: Warehouse, run: dict[str, Any]) -> None:
        self._warehouse, self._run = warehouse, run
        self._models = self._ask("models")
        self._scored = self._models.filter("scored")
        self._names = self._scored["model"].to_list()
        self._palette = Palette(self._names)

    def _ask(self, question: str, **parameters: Any) -> pl.DataFrame:
        answer = pl.from_arrow(self._warehouse.ask(question, run=self._run["run_id"], **parameters))
        assert isinstance(answer, pl.DataFrame)
        return answer

    def html(self) -> str:
        """Return the whole file."""
        run = self._run
        body = "\n".join(
            (
                f"<h1>What {_counted(len(self._names))} cannot see: {escape(run['study'])}</h1>",
                *self._facts(),
                *self._model_part(),
                *self._class_part(),
                *self._concept_part(),
                *self._steering_part(),
                *self._cure_part(),
                *self._validation_part(),
                *self._settings(),
            )
        )
        return html.page(f"SING: {run['study']}, {run['finished_at']:%Y-%m-%d}", body)

    def _answer(self, sentence: str) -> str:
        return f"<p class=answer>{sentence}</p>" if sentence else ""

    def _facts(self) -> Iterator[str]:
        run, counts = self._run, self._ask("counts").row(0, named=True)
        finished = f"{run['finished_at']:%Y-%m-%d %H:%M} UTC"
        yield (
            f"<p>Run <code>{escape(run['run_id'])}</code>, finished {finished} with version "
            f"{escape(run['code_version'])}: {counts['n_images']:,} images in "
            f"{counts['n_classes']:,} classes, {counts['n_concepts']:,} phrases, "
            f"{counts['n_rejected']:,} files refused.</p>"
        )
        yield (
            "<p>Features that differ only in the null space of a classifier's last layer get the "
            "same logits. <b>IS</b> is how far removing the null part turns an image's meaning "
            "(degrees), <b>AS</b> how far it turns it towards (+) or away from (−) a text. A "
            "healthy classifier has a high IS and an AS near zero for its classes.</p>"
        )
        if run["message"]:
            yield f"<p class=note>{escape(run['message'])}</p>"

    def _model_part(self) -> Iterator[str]:
        yield "<h2>Which model keeps meaning out of its null space?</h2>"
        yield self._answer(verdicts.models(self._scored.to_dicts(), html.HTML))
        for name, warning in self._scored.select("model", "warnings").drop_nulls().iter_rows():
            yield f"<p class=note><b>{escape(name)}</b>: read with care: {escape(warning)}.</p>"
        for name, why in self._models.filter(~pl.col("scored"))[["model", "message"]].iter_rows():
            yield f"<p class=note><b>{escape(name)}</b> is not analyzed: {escape(why or '')}</p>"
        for by, (_, (value, *_), *_) in models.RANKINGS.items():
            if not self._scored[value].is_null().all():
                yield html.figure(models.ranking(self._scored, by, self._palette))
        yield html.figure(models.dimensions(self._scored, self._palette))
        read = self._ask("class_readouts")
        if not read.is_empty():
            yield "<h3>Does it matter? What a line could read</h3>"
            yield self._answer(matters(read.to_dicts(), html.HTML))
            yield html.figure(readouts.classes(read))
            yield html.figure(readouts.curve(self._ask("readout_curve")))
        density = self._ask("density", bins=models.BINS)
        for model in self._names:
            yield html.figure(models.spread(self._scored, density, model, self._palette))
        yield html.table(self._scored.drop("scored", "warnings", "message", "null_rule"))

    def _class_part(self) -> Iterator[str]:
        yield "<h2>Which classes leak?</h2>"
        for model in self._names:
            rows = self._ask("class_boxes", model=model)
            said = verdicts.classes(rows.to_dicts(), html.HTML)
            some = rows.head(_CLASSES).with_columns(labels.class_label())
            shown = f"{len(some)} of {len(rows)} classes, those that leak most"
            yield f"<h3>{escape(model)}</h3>"
            yield self._answer(said)
            yield html.figure(classes.boxes(some, self._palette, shown))
        orders = self._ask("class_orders")
        if not orders.is_empty():
            yield "<h3>Do models leak about the same classes?</h3>"
            yield "<p>Rank correlations of the models' orders of classes by median |AS|.</p>"
            yield html.table(orders)

    def _concept_part(self) -> Iterator[str]:
        if self._ask("concepts").is_empty():
            return
        yield "<h2>Which meanings move when the null part goes?</h2>"
        for model in self._names:
            most = self._ask("class_boxes", model=model).head(1)
            for index, name in most.select("class_index", "class_name").iter_rows():
                rows = self._ask("class_concepts", model=model, class_index=index)
                rows = rows.drop_nulls("as_mean_deg")
                if rows.is_empty():
                    continue
                part = concepts.part_of(rows)
                some = rows.head(_PHRASES).sort(part.value, descending=True)
                yield f"<h3>{escape(model)}: {escape(name)}, which leaks most</h3>"
                whose = f"{name} images by {model}, {len(some)} of {len(rows)} phrases"
                yield html.figure(concepts.moved(some, part, whose, f"phrases-{model}"))
                moved = rows.head(_SENTENCES).iter_rows(named=True)
                yield html.bullets(sentences.own_shift(row, html.HTML) for row in moved)
            shared = self._ask("common_shifts", most=_SHARED).filter(pl.col("model") == model)
            if not shared.is_empty():
                yield html.bullets([sentences.common_shifts(shared.to_dicts(), html.HTML)])

    def _steering_part(self) -> Iterator[str]:
        if self._ask("steering_targets").is_empty():
            return
        yield "<h2>How far can images be turned without the model noticing?</h2>"
        for model in self._names:
            pairs = self._ask("confusion", model=model, classes=_CONFUSED)
            if not pairs.is_empty():
                shown = f"{pairs['source_class'].n_unique()} classes"
                yield self._answer(verdicts.steering(pairs.to_dicts(), model, html.HTML))
                yield html.figure(
                    steering.confusion(pairs, model, steering.measured(pairs, "length"), shown)
                )
                turned = pairs.filter(pl.col("reachable_share") >= _MOST_REACH).head(_SENTENCES)
                rows = turned.iter_rows(named=True)
                yield html.bullets(sentences.turn(row, html.HTML) for row in rows)

    def _cure_part(self) -> Iterator[str]:
        rows = self._ask("cures")
        if rows.is_empty():
            return
        yield "<h2>What would a head that sees more, or less, do?</h2>"
        for row in rows.iter_rows(named=True):
            about = {"model": row["model"], "cure": row["cure"]}
            name = f"{row['model']}-{row['cure']}".replace(" ", "-")
            yield f"<h3>{escape(row['model'])}: {escape(row['cure'])}</h3>"
            yield self._answer(cure_words.cured(row, html.HTML))
            yield html.figure(cures.classes(self._ask("cured_classes", **about), name))
            yield html.figure(cures.steps(self._ask("cure_steps", **about), row["kind"], name))
            yield html.table(pl.DataFrame(cure_words.cure_figures(row)))

    def _validation_part(self) -> Iterator[str]:
        yield "<h2>Can these numbers be trusted?</h2>"
        translators, controls = self._ask("translators"), self._ask("controls")
        yield html.figure(validation.translators(translators))
        yield html.table(translators.drop("message"))
        if not controls.is_empty():
            yield html.figure(validation.logits(controls, self._palette))
            yield html.figure(validation.controls(controls, self._palette))
        yield html.table(self._ask("proofs").drop("message", "null_rule"))
        truth = self._ask("counterfactuals")
        if not truth.is_empty():
            yield html.figure(validation.truth(truth, self._palette))
        yield "<h3>Checks that every published row has passed</h3>"
        checks = self._warehouse.checks().items()
        yield html.bullets(f"<b>{escape(name)}</b>: {escape(what)}" for name, what in checks)

    def _settings(self) -> Iterator[str]:
        row = self._ask("run").row(0, named=True)
        yield "<h2>How it was made</h2>"
        for title, column in (
            ("The study, with defaults filled in", "config_json"),
            ("Versions", "package_versions_json"),
        ):
            text = json.dumps(json.loads(row[column]), indent=2)
            yield f"<details><summary>{title}</summary><pre>{escape(text)}</pre></details>"


def _counted(n: int) -> str:
    return "an image classifier" if n == 1 else f"{n} image classifiers"
