import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse

from dashboards.door import Door


async def _page(_request):
    return PlainTextResponse("a page")


async def _socket(websocket):
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


@pytest.fixture
def client():
    inside = Starlette(routes=[Route("/", _page), WebSocketRoute("/stream", _socket)])
    return TestClient(Door(inside, ["gpu3", "Sing.Example.org"]))


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8501", "LOCALHOST.", "127.0.0.1:1", "[::1]:8501", "192.168.1.7",
     "gpu3:8501", "sing.example.org"],
)  # fmt: skip
def test_our_names_and_addresses_are_let_in(client, host):
    answer = client.get("/", headers={"Host": host})

    assert (answer.status_code, answer.text) == (200, "a page")
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "evil.example.com:8501", "localhost.evil.com", "evil.com@localhost",
     "localhost:x", "localhost/a", "", "127.0.0.1.evil.com", "[::1"],
)  # fmt: skip
def test_other_names_are_told_what_to_do(client, host):
    answer = client.get("/", headers={"Host": host})

    assert answer.status_code == 403
    assert "`sing dashboard --host NAME`" in answer.text
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("origin", ["http://localhost:8501", "https://localhost:8501", None])
def test_a_page_of_ours_and_a_program_may_open_a_socket(client, origin):
    headers = {"Host": "localhost:8501"} | ({"Origin": origin} if origin else {})

    with client.websocket_connect("/stream", headers=headers) as opened:
        assert opened.receive_text() == "hello"


@pytest.mark.parametrize(
    ("host", "origin"),
    [("localhost:8501", "http://localhost:3000"), ("localhost:8501", "http://evil.example.com"),
     ("localhost:8501", "null"), ("evil.example.com", "http://evil.example.com")],
)  # fmt: skip
def test_pages_of_others_may_not(client, host, origin):
    headers = {"Host": host, "Origin": origin}

    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/stream", headers=headers),
    ):
        pass

    assert refused.value.status_code == 403
