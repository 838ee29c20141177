"""A real S3 server on loopback, for as long as a test needs it."""

import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
import obstore.exceptions
from obstore.store import S3Store

#: Who may write; the test's own environment alone holds them.
KEYS = {"AWS_ACCESS_KEY_ID": "tests-own", "AWS_SECRET_ACCESS_KEY": "tests-own-secret"}


def program():
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def _free_port(below=55000):
    """A port whose number plus 10000, which the server takes for gRPC, is one too and is free."""
    while True:
        port = 20000 + secrets.randbelow(below - 20000)
        with closing(socket.socket()) as one, closing(socket.socket()) as other:
            try:
                one.bind(("127.0.0.1", port))
                other.bind(("127.0.0.1", port + 10000))
            except OSError:
                continue
            return port


@contextmanager
def object_store(folder, bucket="sing"):
    """Start a server; yields the environment with which its bucket is reached."""
    folder.mkdir(parents=True, exist_ok=True)
    rights = {"name": "tests", "credentials": [{"accessKey": KEYS["AWS_ACCESS_KEY_ID"],
              "secretKey": KEYS["AWS_SECRET_ACCESS_KEY"]}],
              "actions": ["Admin", "Read", "Write", "List"]}  # fmt: skip
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [rights]}))
    ports = {name: _free_port() for name in ("master", "volume", "filer", "s3")}
    command = [
        program(), "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", "-master.telemetry=false", "-filer", "-s3", f"-s3.config={config}",
        "-master.volumeSizeLimitMB=64", "-volume.max=20", "-s3.iam=false",
        "-s3.port.iceberg=0", "-s3.port.lance=0",
        *(f"-{name}.port={port}" for name, port in ports.items()),
    ]  # fmt: skip
    env = {
        **KEYS,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports['s3']}",
        "AWS_REGION": "us-east-1",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
    }
    log = folder / "server.log"
    with log.open("w") as told:
        server = subprocess.Popen(command, stdout=told, stderr=told, cwd=folder)
    try:
        _make_bucket(bucket, env, server, log)
        yield env
    finally:
        server.kill()
        server.wait()


def _make_bucket(bucket, env, server, log):
    """Ask for it until the server is up."""
    store = S3Store(
        bucket, endpoint=env["AWS_ENDPOINT_URL"], region=env["AWS_REGION"],
        access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        client_options={"allow_http": True},
    )  # fmt: skip
    url = obstore.sign(store, "PUT", "", timedelta(minutes=5))
    deadline = time.monotonic() + 60
    while True:
        assert server.poll() is None, log.read_text()[-3000:]
        try:
            answer = httpx.put(url, timeout=10)
            if answer.status_code != httpx.codes.CONFLICT:  # it is there
                answer.raise_for_status()
            obstore.put(store, "ready", b"yes", use_multipart=False)
            return
        except (httpx.HTTPError, obstore.exceptions.BaseError):
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.2)
