"""A study with its shards and results in a bucket; and several machines that publish there."""

import json
import os
import shutil

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from flows.engines.choose import engine_at
from flows.pipeline import run_study
from flows.questions.published_run import ElsewhereError, PublishedRun
from flows.study.load import load_study
from tests.support.clusters import dask_cluster
from tests.support.command import sing
from tests.support.made import Made
from tests.support.processes import PROCESSES
from tests.support.stored import comparable
from warehouse import console, exchange
from warehouse.build import rebuild
from warehouse.generations import current
from warehouse.layout import DataRoot
from warehouse.read import Warehouse


def in_bucket(made, bucket):
    root = DataRoot(made.root.path, f"{bucket}/shards", f"{bucket}/results")
    return Made(made.study, root)


#: Where its files are is what differs.
BUT = ("artifacts",)


@pytest.fixture(scope="module")
def on_disk(made_once):
    return comparable(made_once, but=BUT)


def test_a_study_in_a_bucket_has_the_tables_of_one_on_disk(bucket, fresh, on_disk):
    made = in_bucket(fresh, bucket)
    assert made.run().worked
    assert comparable(made, but=BUT) == on_disk
    assert not made.run().worked
    assert not list(made.root.path.glob("features/**/*.parquet"))
    paths = made.rows("select path, sha256 from artifacts where kind = 'features'")
    assert all(row["path"].startswith(f"{bucket}/shards/features/") for row in paths)

    copy = DataRoot.choose(f"{bucket}/results")
    assert comparable(Made(made.study, copy), but=BUT) == on_disk


def test_a_shard_that_is_lost_from_the_bucket_is_made_anew(bucket, fresh, on_disk):
    made = in_bucket(fresh, bucket)
    made.run()
    lost = made.root.place(
        made.rows("select path from artifacts where kind = 'features'")[0]["path"]
    )
    before = lost.read_bytes()
    lost.unlink()

    assert made.run().worked

    assert lost.read_bytes() == before
    assert comparable(made, but=BUT) == on_disk


def test_on_a_cluster_workers_write_to_the_bucket(bucket, store_once, fresh, on_disk, tmp_path):
    made = in_bucket(fresh, bucket)
    with dask_cluster(tmp_path, env=store_once) as cluster, engine_at(cluster.address) as engine:
        run_study(load_study(made.study), made.root, engine=engine)

    assert comparable(made, but=BUT) == on_disk
    assert current(DataRoot.choose(f"{bucket}/results")) is not None


def publish(study, path, bucket, n, env):
    os.environ.update(env)
    root = DataRoot(path, None, bucket)
    text = study.read_text()
    for k in range(n):
        study.write_text(text.replace("bootstrap_draws = 200", f"bootstrap_draws = {200 + k}"))
        run_study(load_study(study), root)


def ask(address, env, wrong, stop):
    os.environ.update(env)
    n = 0
    while not stop.is_set():
        try:
            root = DataRoot.choose(address)
            if current(root) is None:
                continue
            rows = (
                Warehouse(root)
                .query(
                    "select (select count(*) from image_scores) = 140 * (select count(*) from runs "
                    "where status = 'finished') as whole, "
                    "(select count(*) from runs where status = 'finished') as n"
                )
                .to_pylist()[0]
            )
            if not rows["whole"] or rows["n"] < n:
                wrong.put(str(rows))
            n = rows["n"]
        except Exception as error:
            wrong.put(repr(error))
    wrong.put(f"done {n}")


def test_three_machines_publish_at_once_and_nothing_is_lost(bucket, store_once, made, tmp_path):
    results, stop, wrong = f"{bucket}/results", PROCESSES.Event(), PROCESSES.Queue()
    env = {**store_once, "XDG_CACHE_HOME": str(tmp_path / "other")}
    reader = PROCESSES.Process(target=ask, args=(results, env, wrong, stop))
    reader.start()
    machines = []
    for name in ("one", "two", "three"):
        shutil.copytree(made.folder, tmp_path / name, symlinks=True)
        study = tmp_path / name / "study.toml"
        study.write_text(study.read_text().replace('name = "small"', f'name = "{name}"'))
        for left in ("runs", "published", "translators"):
            shutil.rmtree(tmp_path / name / "data" / left)
        (tmp_path / name / "data" / "sing.duckdb").unlink()
        machines.append(
            PROCESSES.Process(
                target=publish, args=(study, tmp_path / name / "data", results, 2, env)
            )
        )
    for one in machines:
        one.start()
    for one in machines:
        one.join()
    stop.set()
    told = []
    while not told or not told[-1].startswith("done"):
        told.append(wrong.get(timeout=60))
    reader.join()

    assert [one.exitcode for one in machines] == [0, 0, 0]
    assert told[:-1] == []
    warehouse = Warehouse(DataRoot.choose(results))
    finished = warehouse.query(
        "select study, count(*) as n, count(distinct serial) as serials from runs "
        "where status = 'finished' group by study order by study"
    ).to_pylist()
    assert finished == [{"study": study, "n": 2, "serials": 2} for study in ("one", "three", "two")]
    assert warehouse.query("select count(distinct serial) as n from runs").to_pylist() == [{"n": 6}]
    # Each machine's own file has what it took over; made again from its Parquet too.
    root = DataRoot(tmp_path / "two" / "data", None, results)
    assert rebuild(root).left_out == {}
    rows = warehouse.query("select count(*) as n from image_scores").to_pylist()
    assert rows == [{"n": 6 * 140}]


def test_commands_read_a_bucket(bucket, made):
    root = DataRoot(made.root.path, None, f"{bucket}/results")
    rebuild(root)

    runs = sing("runs", "--data", f"{bucket}/results", "--json")
    assert runs.returncode == 0, runs.stderr
    (run,) = json.loads(runs.stdout)
    assert run["study"] == "small"
    asked = sing("sql", "select count(*) as n from models", "--data", f"{bucket}/results")
    assert asked.stdout.split() == ["n", "2"]
    refused = sing("run", made.study, "--data", f"{bucket}/results", "--plain")
    assert refused.returncode == 2
    assert "which are only read; name a folder" in refused.stderr


def test_the_published_file_is_that_of_any_client(bucket, made, tmp_path):
    rebuild(DataRoot(made.root.path, None, f"{bucket}/results"))
    copy = current(DataRoot.choose(f"{bucket}/results"))
    with duckdb.connect(str(copy), read_only=True) as database:
        assert database.sql("select count(*) from latest.model_scores").fetchall() == [(2,)]


def test_where_others_are_always_faster_that_is_told_and_nothing_is_lost(bucket, made, monkeypatch):
    monkeypatch.setattr(exchange, "offer", lambda *_args: None)
    monkeypatch.setattr(exchange, "_ATTEMPTS", 2)
    root = DataRoot(made.root.path, None, f"{bucket}/results")

    with pytest.raises(exchange.BusyBucketError, match=r"published to s3://sing/\S+ 2 times while"):
        rebuild(root)

    assert made.rows("select count(*) as n from latest.model_scores") == [{"n": 2}]


def test_pages_and_their_console_read_a_bucket(bucket, made, monkeypatch):
    rebuild(DataRoot(made.root.path, None, f"{bucket}/results"))
    monkeypatch.setenv("SING_DATA", f"{bucket}/results")

    # Each page in one process: it asks the same way as the served ones.
    script = "from dashboards.app import main\nmain('models')"
    page = AppTest.from_string(script, default_timeout=60).run()
    assert not page.exception
    assert not page.error
    assert "byob" in str([one.value for one in page.dataframe])
    answer = console.ask(DataRoot.choose(None), "select count(*) as n from latest.image_scores")
    assert answer.table.to_pylist() == [{"n": 140}]


def test_what_needs_features_says_where_they_are(bucket, made):
    rebuild(DataRoot(made.root.path, None, f"{bucket}/results"))
    root = DataRoot.choose(f"{bucket}/results")

    with pytest.raises(ElsewhereError, match=r"in the data root where it was made; s3://sing/"):
        PublishedRun.named("small", root).model("res")
    told = sing("phrase", "small", "a red thing", "--data", root)
    assert told.returncode == 2
    assert "ask there, with --data FOLDER" in told.stderr
