"""What is stored and published in a data root."""

from warehouse.read import Warehouse, plain
from warehouse.schema import sql

TABLES = list(sql("tables"))


def tables(made, *, times=True):
    """Every published row of every table, in a fixed order."""
    published = {}
    with made.warehouse.connect() as database:  # once: it is what takes the time
        for name in TABLES:
            found = database.sql(f"from main.{name} order by all")
            published[name] = found.project(plain(found)).to_arrow_table().to_pylist()
    if not times:
        published["runs"] = [row | {"started_at": 0, "finished_at": 0} for row in published["runs"]]
    return published


def comparable(made, *, but=()):
    """The same, but for when it ran and where it lies, and without some tables."""
    found = tables(made, times=False)
    assert found["runs"][0].pop("config_json")
    return {name: rows for name, rows in found.items() if name not in but}


def stored(made):
    return {
        path: path.stat().st_mtime_ns
        for path in made.root.path.rglob("*")
        if path.is_file() and path.name != "lock"
    }


def rows(root, query):
    return Warehouse(root).query(query).to_pylist()
