"""Who may come in: browsers that mean this dashboard, and not another site that they look at.

A site can have a browser call its name with this machine's address behind it (DNS rebinding), open
a WebSocket to it, or show the pages in a frame of its own. So the name that was called has to be
one of ours, and whoever opens a WebSocket has to come from our own pages.
"""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Only pages of this dashboard may show it in a frame; what is sent is what it says it is.
_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
}


class Door:
    """Lets requests pass that call this dashboard by one of its names.

    Parameters
    ----------
    names
        Names of hosts, besides ``localhost``. Addresses in numbers are always right: no other site
        can have them.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = {"localhost", *(name.lower().rstrip(".") for name in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            await _refused(
                f"This dashboard is not known as {host!r}; whoever serves it may start it with "
                "`sing dashboard --host NAME`.\n"
            )(scope, receive, send)
        elif scope["type"] == "websocket" and origin and urlsplit(origin).netloc != host:
            await _refused("Only pages of this dashboard may ask it.\n")(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _is_ours(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name = (parts.hostname or "").rstrip(".")
            _ = parts.port
        except ValueError:
            return False
        if "@" in host or parts.path or parts.query or parts.fragment:
            return False
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _refused(sentence: str) -> PlainTextResponse:
    return PlainTextResponse(sentence, status_code=403, headers=_HEADERS)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending
