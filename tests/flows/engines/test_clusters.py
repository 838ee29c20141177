"""The same study on real clusters, undisturbed and disturbed: the same tables to the bit."""

import signal
import threading
import time

import pytest

from flows.engines.choose import engine_at
from flows.engines.engine import EngineError, LostUnitError
from flows.extraction.plan import Shard
from flows.pipeline import run_study
from flows.study.load import load_study
from tests.support import units
from tests.support.clusters import dask_cluster
from tests.support.processes import PROCESSES
from tests.support.stored import comparable


def run_on(address, study, root, *, patient=False):
    with engine_at(address) as engine:
        return run_study(load_study(study), root, engine=engine, patient=patient)


def test_all_tables_are_those_of_one_process(cluster, fresh, undisturbed):
    outcome = run_on(cluster.address, fresh.study, fresh.root)

    assert outcome.worked
    assert comparable(fresh) == undisturbed
    assert not run_on(cluster.address, fresh.study, fresh.root).worked


#: Something that appears in the data root at stages of a run.
MOMENTS = [
    "runs/*/run.json", "features/res/*/*.parquet", "embeddings/clip/*/*.parquet",
    "runs/*/tables/images/*.parquet", "translators/*/*",
]  # fmt: skip


# A worker of Ray takes seconds to start again: one moment stands for all there.
@pytest.mark.parametrize(
    ("kind", "moment"), [*(("dask", moment) for moment in MOMENTS), ("ray", MOMENTS[1])]
)
def test_a_worker_is_killed_and_nothing_is_lost(request, fresh, undisturbed, kind, moment):
    cluster = request.getfixturevalue(f"{kind}_once")
    over = threading.Event()

    def kill():
        while not over.is_set():
            if any(fresh.root.path.glob(moment)) and cluster.kill_a_worker():
                return
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        run_on(cluster.address, fresh.study, fresh.root)
    finally:
        over.set()
        thread.join()

    assert comparable(fresh) == undisturbed


def test_a_unit_that_ends_every_worker_is_named_and_the_rest_is_kept(cluster):
    found = []

    def carry_out(engine):
        some = map(units.Unit, range(8))
        found.extend(keeping(engine.map(units.crash, 2, some, named="unit {n}"), found))

    with (
        engine_at(cluster.address) as engine,
        pytest.raises(LostUnitError, match=r"unit 3 ended every worker that took it up"),
    ):
        carry_out(engine)

    assert sorted(found) == [(n, 2 * n) for n in range(8) if n != 3]


def keeping(results, found):
    """Keep what comes before an error."""
    for one in results:
        found.append(one)
    return ()


def test_what_a_unit_raises_is_raised_here_as_it_was(cluster):
    with engine_at(cluster.address) as engine, pytest.raises(units.OddError) as raised:
        list(engine.map(units.wrong, None, map(units.Unit, range(8)), named="unit {n}"))

    assert str(raised.value) == "three is odd"
    assert raised.value.exit_code == 2


def test_a_broken_picture_is_refused_as_here(dask_once, fresh):
    broken = fresh.folder / "pictures" / "cat" / "003.png"
    # Its head is whole, so that it is listed; only whoever decodes it finds out.
    content = bytearray(broken.read_bytes())
    place = content.index(b"IDAT") + 4
    content[place : place + 400] = bytes(400)
    broken.write_bytes(content)

    run_on(dask_once.address, fresh.study, fresh.root)

    (told,) = fresh.rows("select path, reason from rejected_images")
    assert told["path"] == "cat/003.png"
    assert "broken" in told["reason"]
    assert fresh.rows("select n from model_scores") == [{"n": 69}] * 2


def carry_out(address, study, root):
    run_on(address, study, root, patient=True)


def test_the_driver_is_killed_and_goes_on_where_it_was(dask_once, fresh, undisturbed):
    driver = PROCESSES.Process(target=carry_out, args=(dask_once.address, fresh.study, fresh.root))
    driver.start()
    deadline = time.monotonic() + 60
    while not any(fresh.root.features.glob("*/*/part-*")) and time.monotonic() < deadline:
        time.sleep(0.005)
    driver.kill()
    driver.join()
    assert driver.exitcode == -signal.SIGKILL

    run_on(dask_once.address, fresh.study, fresh.root)

    assert comparable(fresh) == undisturbed


def test_two_drivers_of_one_study_do_not_harm_each_other(dask_once, fresh, undisturbed):
    drivers = [
        PROCESSES.Process(target=carry_out, args=(dask_once.address, fresh.study, fresh.root))
        for _ in range(2)
    ]
    for one in drivers:
        one.start()
    for one in drivers:
        one.join()

    assert [one.exitcode for one in drivers] == [0, 0]
    assert comparable(fresh) == undisturbed


def test_a_scheduler_that_ends_is_told_and_what_is_there_is_kept(tmp_path, fresh, undisturbed):
    with dask_cluster(tmp_path) as cluster:
        scheduler = cluster.scheduler

        def end():
            while not any(fresh.root.features.glob("*/*/part-*")):
                time.sleep(0.005)
            scheduler.kill()

        threading.Thread(target=end, daemon=True).start()
        with pytest.raises(EngineError, match=r"Dask at 127.0.0.1:\d+ is gone .* run the study"):
            run_on(cluster.address, fresh.study, fresh.root)

    assert any(fresh.root.features.glob("*/*/part-*"))
    fresh.run()
    assert comparable(fresh) == undisturbed


def test_a_worker_that_does_not_see_the_pictures_says_so(dask_once, fresh, monkeypatch):
    real = Shard.read_known

    def gone(shard):
        pictures = fresh.folder / "pictures"
        if pictures.exists():
            pictures.rename(fresh.folder / "elsewhere")
        return real(shard)

    monkeypatch.setattr(Shard, "read_known", gone)

    with pytest.raises(RuntimeError, match=r"the worker on \S+ does not see \S+pictures; have"):
        run_on(dask_once.address, fresh.study, fresh.root)


def test_what_one_worker_has_no_room_for_another_does(cluster, tmp_path):
    with engine_at(cluster.address) as engine:
        some = map(units.Unit, range(30))
        found = list(engine.map(units.full_on_one, str(tmp_path), some, named="unit {n}"))

    assert sorted(n for n, _ in found) == list(range(30))
    assert int((tmp_path / "full").read_text()) not in {pid for _, pid in found}
