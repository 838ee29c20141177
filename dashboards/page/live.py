"""Questions that need the space's text model: asked of one process beside the dashboard.

Pages import neither torch nor the analysis: a child answers one line of JSON
with another, is started at the first question, and goes when it has been idle.
"""

import json
import select
import subprocess
import sys
import threading
import time
from typing import Any

import streamlit as st

from dashboards.page.draw import warehouse
from dashboards.words.markdown import literal

#: A first question loads torch and a text model; a large study takes some seconds for each model.
_PATIENCE_S = 300.0


class NoAnswerError(RuntimeError):
    """A question that could not be answered; the text says why."""


class Live:
    """The process that answers, one question at a time."""

    def __init__(self, root: str) -> None:
        self._root, self._lock = root, threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = 0

    def ask(self, question: str, **parameters: Any) -> Any:
        """Return the answer.

        Raises
        ------
        NoAnswerError
            If it has none, saying why, or takes minutes.
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
            found = _read_line(process, time.monotonic() + _PATIENCE_S)
        except OSError as error:
            self.stop()
            raise NoAnswerError("the process that answers has stopped; ask again") from error
        if found is None:
            self.stop()
            raise NoAnswerError(f"no answer within {_PATIENCE_S:.0f} s; ask about less")
        if not found:
            self.stop()
            raise NoAnswerError("the process that answers has stopped; ask again")
        return dict(json.loads(found))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flows.answers", "--data", self._root],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
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


@st.cache_resource(on_release=lambda live: live.stop())
def _live(root: str) -> Live:
    return Live(root)


@st.cache_data(show_spinner=False, max_entries=100)
def _ask(identity: str | None, root: str, question: str, parameters: dict[str, Any]) -> Any:
    del identity  # part of the key
    return _live(root).ask(question, **parameters)


def ask(question: str, waiting: str, **parameters: Any) -> Any:
    """Ask, showing what is waited for; an answer is kept while the published file is the newest."""
    store = warehouse()
    with st.spinner(literal(waiting), show_time=True):
        return _ask(store.identity(), str(store.root.path), question, parameters)
