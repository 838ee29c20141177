"""Which stage of extraction is the limit: the one that the others wait for."""

import time
from collections.abc import Iterator

from flows.extraction.decode import Decoded
from flows.extraction.forward import Forward
from flows.extraction.pools import Workers

#: Before, nothing can be told.
_SOON_S = 1.0


class Meter:
    """Times what the loop between decoding and forward passes waits for."""

    def __init__(self, workers: Workers, forward: Forward) -> None:
        self._workers, self._forward = workers, forward
        self._begun = time.perf_counter()
        self._decoding_s = 0.0

    def waiting_for_pictures(self, found: Iterator[Decoded]) -> Decoded | None:
        """The next slice of pictures; None after the last."""
        begun = time.perf_counter()
        one = next(found, None)
        self._decoding_s += time.perf_counter() - begun
        return one

    def limit(self) -> str:
        """What the rest waits for; nothing before that can be told."""
        took_s = time.perf_counter() - self._begun
        return f"limited by {self._limit(took_s)}" if took_s > _SOON_S else ""

    def _limit(self, took_s: float) -> str:
        waits = self._decoding_s > 0.5 * took_s
        return f"decoding by {self._workers}" if waits else self._forward.what

    def in_words(self, n: int) -> str | None:
        """How fast it was, and what was waited for; None if it was over at once."""
        took_s = time.perf_counter() - self._begun
        if took_s < _SOON_S:
            return None
        decoding = self._decoding_s / took_s
        rate, limit = n / took_s, self._limit(took_s)
        return (
            f"{n:,} pictures in {took_s:,.1f} s, {rate:,.1f}/s, limited by {limit} ("
            f"{decoding:.0%} of the time was waiting for pictures)"
        )
