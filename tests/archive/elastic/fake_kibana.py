"""A server on loopback that answers as Kibana's import endpoint does."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Objects = dict[str, dict[str, Any]]


class FakeKibana(ThreadingHTTPServer):
    """Answers at the import endpoint as Kibana does, and keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: tuple[int, bytes] | None = None
        self.scheme = "http"
        self.headers: Message = Message()
        self.imported: Objects = {}

    @property
    def url(self) -> str:
        return f"{self.scheme}://localhost:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that refuses the certificate is expected."""


class _Handler(BaseHTTPRequestHandler):
    server: FakeKibana
    timeout = 10

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.headers = self.headers
        status, data = self.server.answer or self._import(body)
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        if status == 302:
            self.send_header("location", "/login")
        self.end_headers()
        self.wfile.write(data)

    def _import(self, body: bytes) -> tuple[int, bytes]:
        if self.path not in (
            f"{space}/api/saved_objects/_import?overwrite=true" for space in ("", "/s/press")
        ):
            return 404, b'{"statusCode":404,"error":"Not Found","message":"Not Found"}'
        if not self.headers.get("kbn-xsrf"):
            return 400, b'{"statusCode":400,"message":"Request must contain a kbn-xsrf header."}'
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + body).get_payload()
        assert isinstance(parts, list)
        (part,) = parts
        assert isinstance(part, Message)
        assert part.get_param("name", header="content-disposition") == "file"
        assert str(part.get_filename()).endswith(".ndjson")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        self.server.imported = {one["id"]: one for one in map(json.loads, content.decode().splitlines())}
        return 200, json.dumps({"success": True, "successCount": len(self.server.imported)}).encode()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def serving(server: FakeKibana) -> Iterator[FakeKibana]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
