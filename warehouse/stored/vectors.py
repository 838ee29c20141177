"""Reading stored vectors, a shard at a time or by id."""

from collections import OrderedDict
from collections.abc import Container, Iterator, Sequence

import numpy as np

from warehouse.remote import Place
from warehouse.stored import parquet

#: Shards kept in memory for look-ups by id. Two folders of the same pictures mostly have the
#: same shards in the same order; then one would do.
_KEPT_SHARDS = 4


class VectorFolder:
    """A folder of shards of vectors."""

    def __init__(self, folder: Place) -> None:
        self.folder = folder
        self._shards = parquet.shards(folder)
        self._place: dict[str, tuple[int, int]] | None = None
        self._open: OrderedDict[int, tuple[dict[str, int], np.ndarray]] = OrderedDict()
        self._last = 0

    @property
    def paths(self) -> list[Place]:
        """The shard files."""
        return self._shards

    def shards(
        self, wanted: Container[str] | None = None, at_most: int | None = None
    ) -> Iterator[tuple[list[str], np.ndarray]]:
        """Ids and vectors (n × d, float32) of each shard that has any wanted, in a fixed order.

        A shard of more than ``at_most`` vectors comes in pieces.
        """
        for path in self._shards:
            ids, vectors = parquet.read_vectors(path)
            if wanted is not None and not all(image_id in wanted for image_id in ids):
                rows = [n for n, image_id in enumerate(ids) if image_id in wanted]
                ids, vectors = [ids[n] for n in rows], vectors[rows]
            step = at_most or max(1, len(ids))
            for start in range(0, len(ids), step):
                yield ids[start : start + step], vectors[start : start + step]

    def ids(self) -> set[str]:
        """Ids of all vectors."""
        return set(self._places())

    def take(self, ids: Sequence[str]) -> np.ndarray:
        """Vectors of some ids, in their order (n × d, float32).

        Raises
        ------
        KeyError
            If one is not stored here.
        """
        found = self._in_order(ids)
        if found is not None:
            return found
        places = self._places()
        shard, row = np.array([places[i] for i in ids], dtype=np.int64).reshape(-1, 2).T
        taken: np.ndarray | None = None
        for n in np.unique(shard):
            (_, vectors), here = self._shard(int(n)), shard == n
            if taken is None:
                taken = np.empty((len(ids), vectors.shape[1]), dtype=np.float32)
            taken[here] = vectors[row[here]]
        assert taken is not None
        return taken

    def _in_order(self, ids: Sequence[str]) -> np.ndarray | None:
        """Vectors of ids that are in the shard that was used last, or in the one after it.

        Folders of the same pictures mostly have the same shards: who goes through one needs no
        list of where all pictures of the other are.
        """
        for n in (self._last, self._last + 1):
            if n < len(self._shards):
                places, vectors = self._shard(n)
                if all(one in places for one in ids):
                    self._last = n
                    return vectors[[places[one] for one in ids]]
        return None

    def _places(self) -> dict[str, tuple[int, int]]:
        if self._place is None:
            self._place = {
                image_id: (n, row)
                for n, path in enumerate(self._shards)
                for row, image_id in enumerate(parquet.read_ids(path)[0])
            }
        return self._place

    def _shard(self, n: int) -> tuple[dict[str, int], np.ndarray]:
        if n not in self._open:
            ids, vectors = parquet.read_vectors(self._shards[n])
            self._open[n] = {one: row for row, one in enumerate(ids)}, vectors
            if len(self._open) > _KEPT_SHARDS:
                self._open.popitem(last=False)
        self._open.move_to_end(n)
        return self._open[n]
