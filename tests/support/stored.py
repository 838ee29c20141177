"""What is stored and published in a data root."""

from warehouse.read import Warehouse
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


def rows(root, query):
    return Warehouse(root).query(query).to_pylist()
