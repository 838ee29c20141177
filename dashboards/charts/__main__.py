"""The process that draws: a JSON line with a chart in, one with the file out."""

import base64
import json
import resource
import sys

import vl_convert

#: At twice the size of the screen.
_SCALE = 2


def _drawn(kind: str, specification: str) -> bytes:
    if kind == "png":
        return bytes(vl_convert.vegalite_to_png(specification, scale=_SCALE))
    if kind == "pdf":
        return bytes(vl_convert.vegalite_to_pdf(specification))
    return str(vl_convert.vegalite_to_svg(specification)).encode()


def main() -> None:
    """Answer until the standard input is closed."""
    # Where it panics, a core of its memory helps nobody.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            file = _drawn(asked["question"], json.dumps(asked["specification"]))
            answer = {"answer": base64.b64encode(file).decode()}
        except ValueError as error:
            answer = {"error": " ".join(str(error).split())[:300]}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
