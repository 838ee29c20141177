"""A process beside this one: a line of JSON in, a line of JSON out.

For work that pages must not do themselves: it may take the memory, the time or
the life of its process, and the one that asked goes on.
"""

import json
import select
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any


class NoAnswerError(RuntimeError):
    """A question that could not be answered; the text says why."""


class Beside:
    """The process that answers, one question at a time; started at the first.

    Parameters
    ----------
    command
        What it is started by; it answers ``{"answer": …}`` or ``{"error": sentence}``.
    patience_s
        Seconds after which it is ended, and started anew at the next question.
    environment
        Its whole environment; this process's own by default.
    """

    def __init__(
        self, command: Sequence[str], patience_s: float, environment: dict[str, str] | None = None
    ) -> None:
        self._command, self._patience_s, self._environment = command, patience_s, environment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def ask(self, question: str, **parameters: Any) -> Any:
        """Return the answer.

        Raises
        ------
        NoAnswerError
            If it has none, saying why, takes too long, or its process has ended.
        """
        with self._lock:
            self._asked += 1
            line = json.dumps({"id": self._asked, "question": question, **parameters})
            answer = self._exchange(line.encode() + b"\n")
        if "error" in answer:
            raise NoAnswerError(answer["error"])
        return answer["answer"]

    def _exchange(self, line: bytes) -> dict[str, Any]:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(line)
            process.stdin.flush()
            found = _read_line(process, time.monotonic() + self._patience_s)
        except OSError as error:
            self.stop()
            raise NoAnswerError("the process that answers has stopped; ask again") from error
        if found is None:
            self.stop()
            raise NoAnswerError(f"no answer within {self._patience_s:.0f} s; ask about less")
        if not found:
            self.stop()
            raise NoAnswerError("the process that answers has stopped; ask again")
        return dict(json.loads(found))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environment,
            )
        return self._process

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _read_line(process: subprocess.Popen[bytes], until: float) -> bytes | None:
    """One line, or nothing at the end of the stream; None when the time is up."""
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return None
        piece = process.stdout.readline()  # unbuffered reads may end before the line does
        if not piece:
            return b""
        line += piece
    return line
