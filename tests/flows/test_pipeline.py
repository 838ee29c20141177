import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flows.analyses.fit_translators import FitError
from flows.pictures.manifest import ImagesError, TooManyRejectedError
from sing_core.geometry.null_space import NoNullSpaceError
from tests.support import world
from warehouse import parquet
from warehouse.build import CheckFailedError, rebuild
from warehouse.generations import NoGenerationError
from warehouse.layout import LockedError
from warehouse.ledger import BadRecordError
from warehouse.read import NoWarehouseError
from warehouse.schema import sql

TABLES = list(sql("tables"))


def tables(made, *, times=True):
    """Every published row of every table, in a fixed order."""
    published = {}
    for name in TABLES:
        rows = made.rows(f"from main.{name} order by all")
        if name == "runs" and not times:
            rows = [row | {"started_at": 0, "finished_at": 0} for row in rows]
        published[name] = rows
    return published


def stored(made):
    return {
        path: path.stat().st_mtime_ns
        for path in made.root.path.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def test_every_table_is_filled(made_once):
    empty = [name for name, rows in tables(made_once).items() if not rows]

    # Nothing was refused or labeled, no pictures are of another kind, and no scene was drawn.
    assert set(empty) == {
        "rejected_images", "image_labels", "occupancy", "counterfactuals", "candidate_scores",
        "score_validation",
    }  # fmt: skip


def test_an_unchanged_study_does_no_work(made):
    made.run()  # the copied pictures are looked at once
    before = stored(made)

    outcome = made.run()

    assert not outcome.worked
    assert stored(made) == before


def test_a_study_run_twice_stores_the_same_rows(made_once, fresh):
    fresh.run()

    # The worlds lie in different folders, so the stored study differs in its paths alone.
    first, second = tables(made_once, times=False), tables(fresh, times=False)
    for rows in (first["runs"], second["runs"]):
        assert rows[0].pop("config_json")
    assert first == second


def test_a_rebuilt_database_is_equal_row_for_row(made):
    before, generation = tables(made), made.rows("select current_database() as name")

    rebuild(made.root)

    assert tables(made) == before
    assert made.rows("select current_database() as name") != generation


def test_new_pictures_alone_are_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    rng = np.random.default_rng(8)
    for i in range(3):
        world.draw_picture(made.folder / "pictures" / "cat" / f"new{i}.png", 2, rng)

    made.run()

    assert seen == {"features": 2 * 3, "embeddings": 3}
    assert made.rows("select count(*) as n from latest.images") == [{"n": 73}]
    assert made.rows("select n from latest.model_scores") == [{"n": 73}] * 2
    assert made.rows("select count(*) as n from main.runs") == [{"n": 2}]


def test_a_removed_picture_is_gone_and_nothing_is_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    (made.folder / "pictures" / "cat" / "003.png").unlink()

    made.run()

    assert seen == {}
    assert made.rows("select n from latest.model_scores") == [{"n": 69}] * 2


def test_a_new_model_alone_is_extracted(made, monkeypatch):
    seen = count_features(monkeypatch)
    world.save_model(made.folder / "eff.safetensors", "test_efficientnet", 5, num_classes=9)
    made.study.write_text(
        made.study.read_text()
        + '\n[[models]]\nid = "eff"\ntimm = "test_efficientnet"\ncheckpoint = "eff.safetensors"\n'
    )

    made.run()

    assert seen == {"features": 8 + 70}  # 8 of them for the proof of the head
    assert len(made.rows("from latest.model_scores")) == 3


def count_features(monkeypatch):
    """Count the vectors that models compute from now on, by kind."""
    from sing_core.networks.backbones import Backbone
    from sing_core.networks.vision_language import Space

    seen = {}
    for owner, kind in ((Backbone, "features"), (Space, "embeddings")):
        real = owner.features

        def counting(self, batch, real=real, kind=kind):
            seen[kind] = seen.get(kind, 0) + len(batch)
            return real(self, batch)

        monkeypatch.setattr(owner, "features", counting)
    return seen


def test_history_stays_and_latest_is_the_newest(made):
    first = made.rows("select run_id from latest.runs")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    second = made.rows("select run_id from latest.runs")
    assert first != second
    assert len(made.rows("from main.runs where status = 'finished'")) == 2
    assert len(made.rows("from main.model_scores")) == 4
    assert len(made.rows("from latest.model_scores")) == 2


def test_going_back_to_an_earlier_study_is_a_new_run(made):
    original = made.rows("select run_id from latest.runs")[0]["run_id"]
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()
    made.rewrite("bootstrap_draws = 300", "bootstrap_draws = 200")

    outcome = made.run()

    assert outcome.worked
    assert outcome.run_id == f"{original}-2"
    assert made.rows("select run_id from latest.runs") == [{"run_id": outcome.run_id}]
    assert not made.run().worked


def test_moving_everything_elsewhere_changes_nothing(made, tmp_path):
    shutil.move(made.folder, tmp_path / "moved")
    made.study, made.root = (
        tmp_path / "moved" / "study.toml",
        type(made.root)(tmp_path / "moved" / "data"),
    )

    assert not made.run().worked


def test_broken_pictures_are_listed_with_their_reason(fresh):
    pictures = fresh.folder / "pictures"
    (pictures / "cat" / "000.png").write_bytes(b"")
    whole = (pictures / "cat" / "001.png").read_bytes()
    (pictures / "cat" / "002.png").write_bytes(whole[: len(whole) // 2])
    Image.new("RGB", (9, 9)).save(pictures / "beside.png")
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nmax_rejected = 0.1')

    fresh.run()

    reasons = {row["path"]: row["reason"] for row in fresh.rows("from latest.rejected_images")}
    assert reasons.keys() == {"cat/000.png", "cat/002.png", "beside.png"}
    assert "empty file" in reasons["cat/000.png"]
    assert "broken picture" in reasons["cat/002.png"]
    assert "beside the class folders" in reasons["beside.png"]
    assert fresh.rows("select n from latest.model_scores") == [{"n": 68}] * 2
    assert not fresh.run().worked


def test_too_many_broken_pictures_stop_the_run(fresh):
    for i in range(6):
        path = fresh.folder / "pictures" / "cat" / f"{i:03}.png"
        path.write_bytes(path.read_bytes()[:-400])

    with pytest.raises(
        TooManyRejectedError, match=r"of 70 .* more than images.max_rejected = 0.05"
    ):
        fresh.run()


def test_a_sample_is_drawn_evenly(fresh):
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nlimit = 20')

    fresh.run()

    rows = fresh.rows("select class_name, count(*) as n from latest.images group by all")
    assert sorted((r["class_name"], r["n"]) for r in rows) == [(c, 4) for c in world.CLASSES]


def test_one_model_without_null_space_does_not_stop_the_others(made):
    world.save_model(made.folder / "full.safetensors", "test_vit", 5, num_classes=70)
    made.study.write_text(
        made.study.read_text()
        + '\n[[models]]\nid = "full"\ntimm = "test_vit"\ncheckpoint = "full.safetensors"\n'
    )

    outcome = made.run()

    assert outcome.not_scored.keys() == {"full"}
    assert "rank 64, equal to its 64 features" in outcome.not_scored["full"]
    assert {r["model"] for r in made.rows("from latest.model_scores")} == {"res", "byob"}
    (row,) = made.rows("from latest.models where not scored")
    assert (row["model"], row["rank"], row["null_dim"]) == ("full", 64, 0)
    assert "full is not analyzed" in made.rows("select message from latest.runs")[0]["message"]
    again = made.run()
    assert (again.worked, again.not_scored.keys()) == (False, {"full"})


def test_a_study_of_nothing_but_full_rank_heads_fails(fresh):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 5, num_classes=100)
    world.save_model(fresh.folder / "byob.safetensors", "test_byobnet", 5, num_classes=260)

    with pytest.raises(
        NoNullSpaceError, match="no model of the study can be analyzed: res: .*byob"
    ):
        fresh.run()


def test_named_classes_are_the_heads_own(fresh):
    (fresh.folder / "names.txt").write_text("\n".join(reversed(world.CLASSES)))
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nclass_names = "names.txt"')
    text = fresh.study.read_text()
    start, end = text.index("[[models]]"), text.index('[[models]]\nid = "byob"')
    fresh.study.write_text(text[:start] + text[end:])

    fresh.run()

    rows = fresh.rows("select distinct class_index, class_name from latest.images order by 1")
    assert [r["class_name"] for r in rows] == list(reversed(world.CLASSES))


def test_folders_that_are_no_classes_stop_the_run(fresh):
    (fresh.folder / "names.txt").write_text("apple\nboat\ncat\ndrum\nowl\n")
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nclass_names = "names.txt"')
    text = fresh.study.read_text()
    start, end = text.index("[[models]]"), text.index('[[models]]\nid = "byob"')
    fresh.study.write_text(text[:start] + text[end:])

    with pytest.raises(ImagesError, match="1 folders of .* 'eel'"):
        fresh.run()


def test_an_empty_folder_stops_the_run(fresh):
    shutil.rmtree(fresh.folder / "pictures")
    (fresh.folder / "pictures").mkdir()

    with pytest.raises(ImagesError, match="no pictures in .*need a folder a class"):
        fresh.run()


def test_many_phrases_are_cut_evenly_to_the_strongest(made):
    full = made.rows("from latest.image_concept_scores")
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 200\nmax_image_concept_rows = 300")

    made.run()

    kept = made.rows("from latest.image_concept_scores")
    assert len(kept) == 2 * 70 * 2
    by_image = {}
    for row in full:
        by_image.setdefault((row["model"], row["image_id"]), []).append(row)
    strongest = {
        (*key, row["concept_id"])
        for key, rows in by_image.items()
        for row in sorted(rows, key=lambda r: -abs(r["as_deg"]))[:2]
    }
    assert {(r["model"], r["image_id"], r["concept_id"]) for r in kept} == strongest
    assert len(made.rows("from latest.concept_scores")) == 2 * 5 * 5


def test_a_study_without_concepts_has_none(fresh):
    fresh.rewrite('[concepts]\nfile = "concepts.txt"\n', "")

    fresh.run()

    assert fresh.rows("from latest.concept_scores") == []
    assert fresh.rows("from latest.image_concept_scores") == []
    assert len(fresh.rows("from latest.model_scores")) == 2


def test_a_fit_without_intercept_has_no_bias(made):
    made.rewrite("[analysis]", "[translator]\nintercept = false\n[analysis]")

    made.run()

    from safetensors.numpy import load_file

    run_id = made.outcome.run_id
    assert not load_file(made.root.translator(run_id, "res"))["bias"].any()
    assert made.rows("select distinct intercept from latest.translators") == [{"intercept": False}]


def test_only_one_writer_at_a_time(made):
    with (
        made.root.writing("somebody else"),
        pytest.raises(LockedError, match=r"written by 'somebody else' \(process \d+ on .*since 20"),
    ):
        made.run()


def test_a_failed_check_leaves_the_published_results_alone(made):
    before = tables(made)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    made.run()
    run_id = made.outcome.run_id
    shutil.rmtree(made.root.published)
    (made.root.path / "sing.duckdb").unlink()
    path = made.root.table(run_id, "image_scores", "res")
    rows = parquet.pq.read_table(path)
    spoiled = rows.set_column(
        rows.schema.get_field_index("as_deg"), "as_deg", parquet.pa.array([91.0] * len(rows))
    )
    entry = made.root.runs / run_id / "run.json"
    finished = entry.read_text()
    entry.write_text(json.dumps(json.loads(finished) | {"status": "unfinished"}))
    rebuild(made.root)
    assert len(tables(made)["model_scores"]) == len(before["model_scores"])
    published = made.rows("select current_database() as name")
    parquet.write(path, spoiled)
    entry.write_text(finished)

    with pytest.raises(CheckFailedError, match="assert_attribute_score_bounded does not hold.*91"):
        rebuild(made.root)

    assert made.rows("select current_database() as name") == published
    assert not list(Path(made.root.published).glob(".gen*"))


def test_a_missing_shard_is_noticed_before_publishing(made):
    shard = next(made.root.features.rglob("*.parquet"))
    shard.unlink()

    with pytest.raises(CheckFailedError, match="assert_artifacts_exist"):
        rebuild(made.root)


def test_three_generations_are_kept(made):
    for _ in range(4):
        rebuild(made.root)

    names = sorted(path.name for path in made.root.published.glob("*.duckdb"))
    assert names == ["gen-3.duckdb", "gen-4.duckdb", "gen-5.duckdb"]
    assert (made.root.published / "CURRENT").read_text() == "gen-5.duckdb\n"
    assert (made.root.path / "sing.duckdb").readlink() == Path("published/gen-5.duckdb")


def test_a_link_that_a_kill_left_behind_is_mended(made):
    link = made.root.path / "sing.duckdb"
    link.unlink()
    link.symlink_to("published/gen-0.duckdb")
    (made.root.published / "gen-2.duckdb").write_bytes(b"never pointed to")

    made.run()

    assert link.readlink() == Path("published/gen-1.duckdb")
    assert [path.name for path in made.root.published.glob("*.duckdb")] == ["gen-1.duckdb"]


@pytest.mark.parametrize("damaged", ["scans/*", "heads/res*", "texts/*", "features/res/*/*"])
def test_a_damaged_file_that_can_be_made_again_is_made_again(made, damaged):
    before = tables(made)["model_scores"]
    for path in made.root.path.glob(damaged):
        path.write_bytes(path.read_bytes()[:100])
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    after = made.rows("from latest.model_scores order by all")
    for ours, theirs in zip(after, before, strict=True):
        assert ours["is_median_deg"] == pytest.approx(theirs["is_median_deg"], abs=1e-4)


@pytest.mark.parametrize("content", ["garbage", "", "gen-9.duckdb", "../gen-1.duckdb"])
def test_a_damaged_pointer_is_told_and_mended_by_rebuild(made, content):
    before = tables(made)
    (made.root.published / "CURRENT").write_text(content)

    for ask in (lambda: made.rows("from runs"), made.run):
        with pytest.raises((NoGenerationError, NoWarehouseError), match="`sing rebuild` makes"):
            ask()
    rebuild(made.root)

    assert tables(made) == before


def test_a_damaged_generation_is_told_and_mended_by_rebuild(made):
    before = tables(made)
    (made.root.published / "gen-1.duckdb").write_bytes(b"damaged")

    with pytest.raises(NoGenerationError, match="cannot be opened; `sing rebuild` makes"):
        made.rows("from runs")
    rebuild(made.root)

    assert tables(made) == before


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_text("{")])
def test_a_run_without_its_record_is_not_silently_left_out(made, damage):
    damage(next(made.root.runs.glob("*/run.json")))

    with pytest.raises(BadRecordError, match="put it back from a copy, or remove the folder"):
        rebuild(made.root)

    assert len(made.rows("from main.runs")) == 1


def test_too_few_pictures_are_told_before_any_work(fresh, monkeypatch):
    seen = count_features(monkeypatch)
    fresh.rewrite('root = "pictures"', 'root = "pictures"\nlimit = 10')

    with pytest.raises(FitError, match="10 pictures leave 5 to fit on and 0 to choose λ by"):
        fresh.run()

    assert seen == {}


def test_a_log_that_a_kill_left_behind_is_not_played_into_the_next_draft(made):
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")
    draft = made.root.published / ".gen-2.duckdb.unfinished"
    shutil.copy(made.root.published / "gen-1.duckdb", draft)
    script = (
        "import duckdb, os; c = duckdb.connect({!r}); c.execute('begin'); "
        "c.execute('insert into image_concept_scores from image_concept_scores'); "
        "c.execute('commit'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script.format(str(draft))], check=False)
    assert draft.with_name(f"{draft.name}.wal").exists()

    made.run()

    assert len(made.rows("from main.image_concept_scores")) == 2 * 700
    assert not list(made.root.published.glob(".gen*"))


def test_a_wrong_run_of_one_study_does_not_stop_another(made):
    run_id = made.rows("select run_id from latest.runs")[0]["run_id"]
    other = made.study.with_name("other.toml")
    other.write_text(made.study.read_text().replace('name = "small"', 'name = "other"'))
    # The first study's shards are gone, so that its own rules would fail if they were asked again.
    for path in made.root.features.glob("res/*/*.parquet"):
        path.unlink()

    made.study = other
    made.run()

    assert {row["study"] for row in made.rows("from latest.runs")} == {"small", "other"}
    shutil.rmtree(made.root.features)
    with pytest.raises(CheckFailedError, match="artifacts_exist"):
        rebuild(made.root)
    assert made.rows(f"select count(*) as n from models where run_id = '{run_id}'") == [{"n": 2}]


def test_scores_do_not_depend_on_how_pictures_lie_in_shards(made):
    before = tables(made)
    shutil.rmtree(made.root.features)
    shutil.rmtree(made.root.runs)
    shutil.rmtree(made.root.published)
    made.rewrite("shard_size = 16", "shard_size = 27")

    made.run()

    after = tables(made)
    assert len(list(made.root.features.glob("res/*/*.parquet"))) == 3
    for name in ("model_scores", "class_scores", "image_scores"):
        for ours, theirs in zip(after[name], before[name], strict=True):
            for column, value in theirs.items():
                near = isinstance(value, float)
                assert ours[column] == (pytest.approx(value, abs=1e-4) if near else value), column


def test_other_arguments_of_the_same_weights_are_extracted_anew(made, monkeypatch):
    seen = count_features(monkeypatch)
    made.rewrite(
        "args = { pretrained_cfg_overlay = { input_size = [3, 64, 64] } }\n\n[[models]]",
        'args = { global_pool = "max", pretrained_cfg_overlay = { input_size = [3, 64, 64] } }'
        "\n\n[[models]]",
    )

    outcome = made.run()

    assert outcome.worked
    assert seen == {"features": 8 + 70}


def test_a_rank_that_one_head_cannot_have_stops_that_model_alone(made):
    made.rewrite("[analysis]", "[null_space]\nrank = 20\n[analysis]")

    outcome = made.run()

    assert outcome.not_scored.keys() == {"byob"}
    assert "rank is 20, but a head of 5 classes" in outcome.not_scored["byob"]
    rows = made.rows("select rank, null_dim from latest.models where scored")
    assert rows == [{"rank": 20, "null_dim": 76}]


def test_a_picture_that_another_model_found_broken_is_left_out_of_all(made):
    shard = next(iter(sorted(made.root.features.glob("res/*/*.parquet"))))
    ids, vectors = parquet.read_vectors(shard)
    note = parquet.read_note(shard)
    path = made.rows(f"select path from images where image_id = '{ids[0]}'")[0]["path"]
    note["rejected"] = json.dumps({ids[0]: [path, "broken picture: as another Pillow saw it"]})
    parquet.write_vectors(shard, ids[1:], vectors[1:], note)
    made.rewrite("bootstrap_draws = 200", "bootstrap_draws = 300")

    made.run()

    assert made.rows("select n from latest.model_scores") == [{"n": 69}] * 2
    assert [row["path"] for row in made.rows("from latest.rejected_images")] == [path]
