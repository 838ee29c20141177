"""A server before another one that answers some requests by itself."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


class Stumbling(BaseHTTPRequestHandler):
    """Passes requests on to the real server; some of them it answers by itself."""

    answers = ()
    counted = None
    upstream = ""

    def handle_one(self):
        self.counted.append(self.command)
        answer = self.answers[len(self.counted) - 1 : len(self.counted)]
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if answer and isinstance(answer[0], int):
            self.send_response(answer[0])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if answer == ("slow",):
            time.sleep(1)
        passed = httpx.request(
            self.command, self.upstream + self.path, headers=dict(self.headers), content=body
        )
        self.send_response(500 if answer == ("lost",) else passed.status_code)
        for name, value in passed.headers.items():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        size = passed.headers.get("content-length", str(len(passed.content)))
        self.send_header("Content-Length", size)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(passed.content)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_one  # noqa: N815

    def log_message(self, *_args):
        pass


def serve(upstream, answers):
    """Start one; it answers the first requests as it is told: a status, "slow", "lost" or None."""
    about = {"answers": answers, "counted": [], "upstream": upstream}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Stumbling,), about))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
