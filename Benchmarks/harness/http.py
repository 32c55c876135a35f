"""A small HTTP client for set-up and checks; the load itself comes from wrk."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import BenchmarkError

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 60.0


class Client:
    """One keep-alive connection to a server on the loopback address."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        return self._expect(200, "GET", path, None, {})

    def post(self, path: str, body: bytes) -> Any:
        return self._expect(200, "POST", path, body, {"Content-Type": "application/json"})

    def upload(self, path: str, fields: Mapping[str, str], file: Path) -> Any:
        """Posts a multipart form whose part `file` is the file; the answer must be 201."""
        boundary = secrets.token_hex(16)
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        heading = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        body = b"".join([*parts, heading, file.read_bytes(), f"\r\n--{boundary}--\r\n".encode()])
        content_type = f"multipart/form-data; boundary={boundary}"
        return self._expect(201, "POST", path, body, {"Content-Type": content_type})

    def status_and_answer(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        return response.status, response.read()

    def _expect(
        self, wanted: int, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Any:
        status, answer = self.status_and_answer(method, path, body, headers)
        if status != wanted:
            text = answer[:300].decode(errors="replace")
            raise BenchmarkError(f"{method} {path} answered {status} instead of {wanted}: {text}")
        return json.loads(answer)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def answer_length(port: int, path: str) -> int:
    """Bytes of one whole answer to a GET, header and body, as wrk counts them."""
    request = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
    with socket.create_connection((HOST, port), TIMEOUT_SECONDS) as connection:
        connection.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += _some(connection)
        head, _, rest = received.partition(b"\r\n\r\n")
        length = _content_length(head)
        while len(rest) < length:
            rest += _some(connection)
        return len(head) + 4 + length


def _some(connection: socket.socket) -> bytes:
    content = connection.recv(65536)
    if not content:
        raise BenchmarkError("the server closed the connection in the middle of an answer")
    return content


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise BenchmarkError("an answer without Content-Length cannot be checked by its size")
