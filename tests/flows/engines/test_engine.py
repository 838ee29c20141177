"""Where units go, and in what order their sums are taken."""

import itertools
import pickle

import pytest

from flows.engines.choose import engine_at, kind_of
from flows.engines.engine import HERE, BadEngineError, EngineError
from flows.engines.spread import LostWorkerError, spread
from flows.engines.worker import StumbledError, carry_out
from sing_core.machine import cores
from tests.support import units
from warehouse.settings import BadSettingsError, load_settings


def test_here_units_are_one_stream_that_is_taken_as_needed():
    endless = map(units.Unit, itertools.count())
    results = HERE.map(units.double, 3, endless, named="unit {n}")
    assert list(itertools.islice(results, 3)) == [(0, 0), (1, 3), (2, 6)]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ray:auto", ("ray", "auto")),
        ("ray:10.0.0.1:6379", ("ray", "10.0.0.1:6379")),
        ("ray://head:10001", ("ray", "ray://head:10001")),
        ("dask://head:8786", ("dask", "head:8786")),
    ],
)
def test_an_address_names_an_engine(address, kind):
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    "address", ["", "spark://a:1", "ray", "ray://head", "dask:auto", "dask://head:x", "head:1"]
)
def test_what_names_none_is_told(address):
    with pytest.raises(BadEngineError, match=r"names no engine; need ray:auto, ray:HOST:PORT"):
        kind_of(address)


def test_an_engine_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadEngineError, match=r"install sing-null-space\[dask\]"):
        kind_of("dask://head:8786")


def test_without_an_address_this_process_computes():
    with engine_at(None) as engine:
        assert engine is HERE


def test_where_no_cluster_answers_that_is_told(monkeypatch):
    monkeypatch.setattr("flows.engines.on_dask._CONNECT_S", 1)
    told = r"no Dask scheduler answers at 127.0.0.1:9; start one"
    with pytest.raises(EngineError, match=told), engine_at("dask://127.0.0.1:9"):
        pass


def test_settings_name_the_engine_and_what_a_unit_gets(tmp_path, monkeypatch):
    file = tmp_path / "settings.toml"
    monkeypatch.setenv("SING_SETTINGS", str(file))
    file.write_text('[engine]\naddress = "dask://127.0.0.1:9"\ncpus = 4\ngpus = 0.5\n')
    engine = load_settings().engine
    assert (engine.address, engine.cpus, engine.gpus) == ("dask://127.0.0.1:9", 4, 0.5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[engine]\ncpus = 0\n", "engine.cpus is 0; need a whole number of 1 or more"),
        ("[engine]\ngpus = true\n", "engine.gpus is True; need a number"),
        ("[engine]\nadress = 'x'\n", "says engine.adress; known are engine.address"),
        ("[storage]\nshards = 3\n", "storage.shards is 3; need a text"),
        ("engine = 3\n", "says engine; known are"),
        ("[engines]\n", r"has \[engines\]; known: \[storage\] and \[engine\]"),
        ("[engine\n", "cannot be read as settings"),
    ],
)
def test_wrong_settings_are_told_in_a_sentence(tmp_path, monkeypatch, text, told):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    monkeypatch.setenv("SING_SETTINGS", str(file))
    with pytest.raises(BadSettingsError, match=told):
        load_settings()


def test_settings_that_are_named_and_not_there_are_missed(tmp_path, monkeypatch):
    monkeypatch.setenv("SING_SETTINGS", str(tmp_path / "nowhere.toml"))
    with pytest.raises(BadSettingsError, match="which is not there"):
        load_settings()


@pytest.fixture(autouse=True)
def _nothing_granted(monkeypatch):
    """What a rehearsed worker is granted is not this process's for good."""
    monkeypatch.setattr(cores, "_given", None)


class Rehearsed:
    """A cluster of this process that keeps count of what is under way."""

    name = "a cluster"

    def __init__(self, workers=2):
        self.workers, self.most, self.begun, self.cancelled = workers, 0, 0, []
        self._n, self.avoided = 0, []

    def n_workers(self):
        return self.workers

    def share(self, job):
        return job

    def submit(self, work, shared, unit, avoid=()):
        self.begun += 1
        self._n += 1
        self.avoided.append(list(avoid))
        return self._n, work, shared, unit

    def finished(self, handles):
        self.most = max(self.most, len(handles))
        return handles[-1:]  # the last begun ends first

    def result(self, handle):
        _, work, shared, unit = handle
        if unit.n == 99:
            raise LostWorkerError("killed")
        return carry_out(work, shared, unit, 1, lambda: "a worker")

    def cancel(self, handles):
        self.cancelled = [unit.n for *_, unit in handles]


def test_few_units_are_under_way_at_a_time():
    cluster = Rehearsed()
    found = list(spread(cluster, units.double, 2, map(units.Unit, range(50)), "unit {n}"))
    assert sorted(found) == [(n, 2 * n) for n in range(50)]
    assert cluster.most == 4


def test_a_unit_that_a_disk_failed_is_tried_again(tmp_path):
    cluster = Rehearsed()
    found = list(spread(cluster, units.stumble, tmp_path, map(units.Unit, range(3)), "unit {n}"))
    assert sorted(found) == [0, 1, 2]
    assert cluster.begun == 9
    assert sorted(cluster.avoided)[3:] == [["a worker"]] * 3 + [["a worker"] * 2] * 3


def test_a_worker_says_where_a_disk_failed():
    with pytest.raises(StumbledError) as raised:
        carry_out(units.full, None, units.Unit(1), 1, lambda: "a worker")
    assert raised.value.where == "a worker"
    assert raised.value.why.errno == 28
    assert pickle.loads(pickle.dumps(raised.value)).where == "a worker"


def test_a_disk_that_fails_for_good_is_told_as_it_told_it():
    cluster = Rehearsed()
    with pytest.raises(OSError, match="No space left"):
        list(spread(cluster, units.full, None, [units.Unit(1)], "unit {n}"))
    assert cluster.begun == 4


def test_what_is_wrong_with_a_unit_ends_all_and_gives_up_the_rest():
    cluster = Rehearsed()
    with pytest.raises(units.OddError):
        list(spread(cluster, units.wrong, None, map(units.Unit, range(2, 50)), "unit {n}"))
    assert cluster.cancelled


def test_a_unit_that_ends_its_workers_is_named_and_the_others_are_done():
    cluster = Rehearsed()
    found = []
    some = [units.Unit(n) for n in (1, 99, 2)]
    with pytest.raises(EngineError, match=r"unit 99 ended every worker .* \(killed\); the rest"):
        found.extend(
            one for one in _kept(spread(cluster, units.double, 2, some, "unit {n}"), found)
        )
    assert sorted(found) == [(1, 2), (2, 4)]


def _kept(results, found):
    for one in results:
        found.append(one)
    return ()
