"""What `sing gc` removes, and what it leaves alone."""

import numpy as np

from flows.pictures.draw_scenes import draw_scenes, drawn
from flows.study.images import Shapes
from tests.flows.cli.gc.inventory import SCORES, files, named, used
from tests.support import world
from tests.support.stored import stored, tables
from warehouse.build import rebuild


def test_all_that_finished_runs_need_stays(three, gc):
    made, _ = three
    gc(made)  # what is known of the pictures where they were before they were copied
    before, rows = files(made), tables(made)

    answer = gc(made)

    assert sum(answer["bytes"].values()) == 0
    assert answer["dropped"] == []
    assert files(made) == before
    assert tables(made) == rows
    assert not made.run().worked


def test_what_nobody_needs_goes_and_a_dry_run_tells_its_bytes_and_touches_nothing(made, gc):
    made.run()  # the copied pictures are looked at
    root = made.root
    gc(made)  # and what is known of those where they were
    before = files(made)
    (picture,) = made.rows("select min(sha256) as content from latest.images")
    shapes = Shapes(n=4, seed=9)
    draw_scenes(shapes, root)
    strays = [
        root.features / "res/0123456789abcdef/part-1.parquet",
        root.features / "gone/0123456789abcdef/part-1.parquet",
        root.embeddings / "other/0123456789abcdef/part-1.parquet",
        root.heads / "res-0123456789abcdef.safetensors",
        root.texts / "clip-0123456789abcdef.safetensors",
        root.translators / "gone-0123456789abcdef/res.safetensors",
        root.scans / "0123456789abcdef-1.parquet",
        root.thumbnails / f"00/{'0' * 64}-256.webp",
        root.thumbnails / f"{picture['content'][:2]}/{picture['content']}-128.webp",
        root.probes / "gone-0123456789abcdef.onnx",
        root.features / "res/.part-2.parquet.77.unfinished",
        root.path / "pictures/.shapes-x.77.unfinished/ring/0.png",
        root.path / "pictures/.shapes-x.77.unfinished/ring/.1.png.77.unfinished",
        root.thumbnails / f"00/.{'0' * 64}-256.webp.77.unfinished",
    ]
    for n, path in enumerate(strays):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (n + 1))
    kept = root.thumbnails / f"{picture['content'][:2]}/{picture['content']}-v2-256.webp"
    kept.write_bytes(b"newer")
    used_network = root.probes / "res-0123456789abcdef.onnx"
    used_network.write_bytes(b"exported")
    full, state = used(root.path), stored(made)

    told = gc(made, "--dry-run")

    assert stored(made) == state
    answer = gc(made)
    assert answer["bytes"] == told["bytes"]
    assert full - used(root.path) == sum(told["bytes"].values())
    assert told["bytes"]["features"] == 1 + 2
    # Digests of what was drawn: a line each, and no harm.
    assert files(made) == before | {root.relative(p) for p in (kept, used_network)} | {
        "pictures/SHA256SUMS"
    }
    assert not drawn(shapes, root).exists()
    assert not (root.features / "gone").exists()
    assert not made.run().worked


def test_only_the_newest_runs_of_each_study_stay_and_what_they_share(three, gc):
    made, (first, second, third) = three
    other = made.study.with_name("other.toml")
    other.write_text(made.study.read_text().replace('name = "small"', 'name = "other"'))
    newest, made.study = made.study, other
    (others,) = [made.run().run_id]
    rows = [made.rows(SCORES.format(run)) for run in (third, others)]
    made.study = newest
    assert not made.run().worked  # the copied pictures are looked at
    full = used(made.root.path)

    told = gc(made, "--keep", "1", "--dry-run")
    answer = gc(made, "--keep", "1")

    assert told["dropped"] == answer["dropped"] == [first, second]
    assert told["bytes"] == answer["bytes"]
    grown = (made.root.path / answer["published"]).stat().st_size
    assert full - used(made.root.path) == sum(told["bytes"].values()) - grown
    assert [path.name for path in made.root.published.glob("gen-*")] == ["gen-5.duckdb"]
    assert {row["run_id"] for row in made.rows("from main.runs")} == {third, others}
    assert [made.rows(SCORES.format(run)) for run in (third, others)] == rows
    assert {path.name for path in made.root.runs.iterdir()} == {third, others}
    assert {path.name for path in made.root.translators.iterdir()} == {third, others}
    # The second model's first weights go; the folders that share shards with others do not.
    vectors = files(made, "features/**/*") | files(made, "embeddings/**/*")
    assert vectors | files(made, "heads/*") <= named(made)
    assert named(made) <= files(made)
    assert not made.run().worked
    rebuild(made.root)
    assert made.rows(SCORES.format(third)) == rows[0]
    assert sum(gc(made, "--keep", "1")["bytes"].values()) == 0


def test_a_study_that_goes_back_to_dropped_inputs_does_not_rewrite_a_run_that_stays(made, gc):
    runs = [made.rows("from latest.runs")[0]["run_id"]]
    for old, new in ((200, 300), (300, 200), (200, 300)):
        made.rewrite(f"bootstrap_draws = {old}", f"bootstrap_draws = {new}")
        runs.append(made.run().run_id)
    a, b = runs[:2]
    assert runs == [a, b, f"{a}-2", f"{b}-2"]
    gc(made, "--keep", "2")
    kept = made.rows(SCORES.format(f"{a}-2"))

    made.rewrite("bootstrap_draws = 300", "bootstrap_draws = 200")

    assert made.run().run_id == f"{a}-3"
    assert made.rows(SCORES.format(f"{a}-2")) == kept


def test_a_head_that_could_not_be_analyzed_stays(fresh, gc):
    world.save_model(fresh.folder / "res.safetensors", "test_resnet", 1, num_classes=400)
    assert fresh.run().not_scored.keys() == {"res"}

    gc(fresh)

    assert any(path.startswith("heads/res-") for path in files(fresh))


def test_pictures_of_another_kind_are_not_extracted_again(made, gc):
    (made.folder / "noise/any").mkdir(parents=True)
    for n in range(12):
        world.draw_picture(made.folder / f"noise/any/{n}.png", n % 5, np.random.default_rng(n + 50))
    made.study.write_text(made.study.read_text() + '\n[out_of_distribution]\nroot = "noise"\n')
    made.run()
    before = files(made)

    assert sum(gc(made)["bytes"].values()) == 0
    assert files(made) == before
    kinds = made.rows("select distinct kind from latest.artifacts order by 1")
    assert "outside_features" in {row["kind"] for row in kinds}
