"""A door in front of a server on loopback: shut, the server is away; open, it is back. Takes no time.

    with Gate(node.url) as gate:
        gate.url    # http://127.0.0.1:PORT, the same all the time
        gate.shut() # connections are refused, those that were open break
        gate.open()

With `gate.deaf` requests go through and the connection breaks before the answer.
"""

import contextlib
import socket
import threading
from typing import Self
from urllib.parse import urlsplit

SIZE = 65536


class Gate:
    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        self._upstream = (str(parts.hostname), int(parts.port or 80))
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        self._port = 0
        self.deaf = False
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def open(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._port = int(self._listener.getsockname()[1])
            threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def shut(self) -> None:
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._connections:
            _break(connection)
        self._connections.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._upstream)
            except OSError:
                client.close()
                continue
            self._connections += [client, server]
            for source, target, answers in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._pass, args=[source, target, answers], daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(SIZE):
                if answers and self.deaf:
                    break
                target.sendall(data)
        _break(source)
        _break(target)


def _break(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
