"""Which stage of extraction is the limit: the one that the others wait for."""

import time
from collections.abc import Iterator

from flows.extraction.decode import Decoded
from flows.extraction.forward import Forward
from flows.extraction.pools import Workers


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

    def in_words(self, n: int) -> str | None:
        """How fast it was, and what was waited for; None if it was over at once."""
        took_s = time.perf_counter() - self._begun
        if took_s < 1:
            return None
        decoding = self._decoding_s / took_s
        limit = f"decoding by {self._workers}" if decoding > 0.5 else self._forward.what
        return (
            f"{n:,} pictures in {took_s:,.1f} s, {n / took_s:,.1f}/s, limited by {limit} ("
            f"{decoding:.0%} of the time was waiting for pictures)"
        )
