"""A process that answers questions about published runs: a JSON line in, a JSON line out.

    python -m flows.answers --data ROOT

For programs that must not load models themselves, such as the dashboard. Each
line on stdin is one question, and each gets one line on stdout, in turn:

    {"id": 1, "question": "phrase", "run_id": R, "text": T}
    {"id": 2, "question": "steer", "run_id": R, "model": M, "source": C, "target": T, "is_deg": D}

    {"id": 3, "question": "search", "run_id": R, "model": M, "text": T}

    {"id": 1, "answer": ...}        what score_phrase, steer_pictures or search_pictures
                                    (flows/questions) return
    {"id": 2, "error": "..."}       one sentence

``id`` is any number or text and comes back as it was; of a line that cannot be
read it is null. The first question loads what it needs, later ones find it
there. Everything that is not an answer goes to stderr, which whoever starts this
must read or send elsewhere. It ends, with code 0, when stdin is closed, and
after 15 minutes without a question.
"""

import argparse
import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from typing import IO, Any

from flows.terminal import leaving
from flows.terminal.failures import reason
from warehouse.layout import DataRoot

#: After so long without a question nobody is waiting any more.
IDLE_S = 15 * 60.0

#: Bytes read at once: a question is far shorter.
_CHUNK = 65_536


class BadQuestionError(ValueError):
    """A line that is no question."""

    exit_code = 2


def _phrase(root: DataRoot, run_id: str, text: str) -> Any:
    from flows.questions.score_phrase import score_phrase

    return score_phrase(run_id, text, root)


def _steer(root: DataRoot, run_id: str, model: str, source: str, target: str, is_deg: float) -> Any:
    from flows.questions.steer_pictures import steer_pictures

    return steer_pictures(run_id, model, source, target, is_deg, root)


def _search(root: DataRoot, run_id: str, model: str, text: str) -> Any:
    from flows.questions.search_pictures import search_pictures

    return search_pictures(run_id, model, text, root)


#: Each question: who answers it, and what it must say of which type.
_QUESTIONS: dict[str, tuple[Callable[..., Any], dict[str, type]]] = {
    "phrase": (_phrase, {"run_id": str, "text": str}),
    "search": (_search, {"run_id": str, "model": str, "text": str}),
    "steer": (
        _steer,
        {"run_id": str, "model": str, "source": str, "target": str, "is_deg": float},
    ),
}


def answer(line: bytes, root: DataRoot) -> str:
    """Answer one line; whatever goes wrong becomes a sentence."""
    name = None
    try:
        asked = _read(line)
        name = asked.pop("id", None)
        if not isinstance(name, str | int | float | None):
            name, given = None, name
            raise BadQuestionError(f"id is {given!r}; need a number or text")
        function, values = _meant(asked)
        return json.dumps({"id": name, "answer": function(root, **values)}, allow_nan=False)
    except Exception as error:
        return json.dumps({"id": name, "error": " ".join(reason(error).split())})


def _read(line: bytes) -> dict[str, Any]:
    try:
        # NaN and infinity are no JSON: an id like that could not be given back.
        asked = json.loads(line, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadQuestionError(f"the line is not JSON: {error}; need one object a line") from error
    if not isinstance(asked, dict):
        raise BadQuestionError(f"the line holds {str(asked)[:80]!r}; need an object")
    return asked


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if abs(value) == float("inf"):
        _refuse(digits)
    return value


def _meant(asked: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, Any]]:
    """Who answers, and with what; a question must have exactly its own keys."""
    question = asked.pop("question", None)
    if not isinstance(question, str) or question not in _QUESTIONS:
        raise BadQuestionError(f"there is no question {question!r}; known: {', '.join(_QUESTIONS)}")
    function, needed = _QUESTIONS[question]
    if asked.keys() != needed.keys():
        raise BadQuestionError(
            f"question {question} has {', '.join(sorted(asked)) or 'nothing'}; need "
            f"{', '.join(needed)}"
        )
    for key, kind in needed.items():
        value = asked[key]
        fits = isinstance(value, str) if kind is str else type(value) in (int, float)
        if not fits:
            need = "text" if kind is str else "a number"
            raise BadQuestionError(f"{key} is {str(value)[:80]!r}; need {need}")
    return function, asked


def lines(descriptor: int, idle_s: float) -> Iterator[bytes]:
    """Yield lines from a pipe until it is closed, or nothing came for so long."""
    rest = b""
    while select.select([descriptor], [], [], idle_s)[0]:
        chunk = os.read(descriptor, _CHUNK)
        if not chunk:
            if rest.strip():
                yield rest
            return
        *whole, rest = (rest + chunk).split(b"\n")
        yield from (line for line in whole if line.strip())


def serve(descriptor: int, out: IO[str], root: DataRoot, idle_s: float = IDLE_S) -> None:
    """Answer every line of a pipe."""
    for line in lines(descriptor, idle_s):
        out.write(answer(line, root) + "\n")
        out.flush()


def _own_stdout() -> IO[str]:
    """Keep stdout for answers alone: from here on, what anything prints goes to stderr."""
    sys.stdout.flush()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


def main() -> int:
    """Enter from the shell."""
    leaving.register()
    out = _own_stdout()
    # The run fetched its space once. Offline, the hub's client would try for a minute to reach
    # the hub before it looks at what is there; and no question is to start a download.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    parser = argparse.ArgumentParser(description="Answer questions about published runs.")
    parser.add_argument("--data", help="Folder that holds all that runs make.")
    try:
        serve(0, out, DataRoot.choose(parser.parse_args().data))
    except (BrokenPipeError, KeyboardInterrupt):
        return 0  # whoever asked has gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
