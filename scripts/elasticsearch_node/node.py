"""One Elasticsearch node as a process: started, stopped and, for tests of faults, killed or paused.

    with Node(folder) as node:
        elasticsearch.Elasticsearch(node.url).info()

The node never outlives this process, however it ends: the launcher watches a pipe that only we hold open.
"""

import http.client
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from .build import Home, build
from .errors import NodeError
from .java import properties

__all__ = ["Node", "NodeError"]

_QUICK = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Half the time to start; as quick afterwards, on a machine with two cores."""

_VECTORS = "jdk.incubator.vector"
_STOP_SECONDS = 30
_POLL_SECONDS = 0.05


class Node:
    """A node on 127.0.0.1. It keeps its port and its data over restarts. For use by one thread at a time."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        heap: str = "512m",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is started or written yet.

        `folder` gets data/, logs/ and snapshots/ (the only place for snapshot repositories); `port` 0 stands
        for a free one, chosen here; `heap` is Java's -Xmx; `settings` are Elasticsearch's node settings.
        """
        self.folder = Path(folder).absolute()
        self.port = port or _free_port()
        self._heap = heap
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._waker: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, such as "http://127.0.0.1:9200"; the same before, between and after starts."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The id of the process; None where none runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def log(self) -> Path:
        """What the node has said, of all its starts."""
        return self.folder / "logs" / "elasticsearch.log"

    def start(self, settings: Mapping[str, str] | None = None, *, timeout: float = 120) -> Self:
        """Starts the node and returns when it is green (yellow where an index asks for replicas).

        `settings` are added for this run only; `timeout` is in seconds and does not count the first build.
        Raises NodeError with one line that names the reason.
        """
        if self.pid is not None:
            raise NodeError(f"the node at {self.url} runs already; stop it first")
        home = build()
        _check_port(self.port)
        begin = self._spawn(home, {**self._settings, **(settings or {})})
        try:
            self._wait_until_green(time.monotonic() + timeout, begin)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Ends the node in order (SIGTERM); does nothing where none runs."""
        if self._process is None:
            return
        self.resume()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._gone()

    def kill(self) -> None:
        """Ends the node at once (SIGKILL), as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._gone()

    def pause(self) -> None:
        """Stops the node's clock (SIGSTOP): connections are accepted, nothing is answered."""
        if self._process is None or self._waker is not None:
            return
        self._process.send_signal(signal.SIGSTOP)
        # A stopped process cannot notice that we are gone: a shell that reads from us wakes it then.
        self._waker = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _ || kill -CONT "$0"', str(self._process.pid)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    def resume(self) -> None:
        """Lets a paused node go on (SIGCONT)."""
        if self._process is not None and self._waker is not None:
            self._process.send_signal(signal.SIGCONT)
            self._dismiss_waker()

    def wait(self) -> int:
        """Waits until the node ends by itself; its exit code."""
        return self._process.wait() if self._process else 0

    def __enter__(self) -> Self:
        return self if self.pid is not None else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _spawn(self, home: Home, settings: Mapping[str, str]) -> int:
        """Starts the process; gives the place in the log where its words begin."""
        ports = self.folder / "logs" / "http.ports"
        try:
            for name in ("logs", "tmp"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            ports.unlink(missing_ok=True)
            log = self.log.open("ab")
        except OSError as error:
            raise NodeError(
                f"{error.filename} cannot be written ({error.strerror}); choose another data folder"
            ) from error
        with log:
            begin = log.tell()
            self._process = subprocess.Popen(
                self._command(home, settings),
                stdin=subprocess.PIPE,  # its end tells the launcher that we are gone
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is ours to handle
            )
        return begin

    def _command(self, home: Home, settings: Mapping[str, str]) -> list[str]:
        vectors = (
            [f"--add-modules={_VECTORS}"] if _VECTORS in properties(home.java).get("MODULES", "") else []
        )
        return [
            str(home.java / "bin" / "java"),
            f"-Xms{self._heap}",
            f"-Xmx{self._heap}",
            *_QUICK,
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",  # would write outside the data folder
            *vectors,
            "--enable-native-access=ALL-UNNAMED",
            # Its library is not published, and looking for it in vain would switch off zstd too.
            "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-Des.path.home={home.folder}",
            "-cp",
            f"{home.folder / 'lib'}/*",  # Java itself expands this
            "storytrail.node.Launcher",
            str(home.folder),
            str(self.folder),
            f"http.port={self.port}",
            *[f"{name}={value}" for name, value in settings.items()],
        ]

    def _wait_until_green(self, deadline: float, begin: int) -> None:
        ports = self.folder / "logs" / "http.ports"
        status = "not answering"
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise NodeError(self._reason(begin))
            if ports.exists():  # the port answers for this very process
                status = _health(self.port)
                if status in ("green", "yellow"):
                    return
            time.sleep(_POLL_SECONDS)
        raise NodeError(f"the node at {self.url} is {status} after the time given to start; read {self.log}")

    def _reason(self, begin: int) -> str:
        """Why the node did not start, from what it wrote since `begin`."""
        with self.log.open("rb") as log:
            log.seek(begin)
            said = log.read().decode(errors="replace")
        if "failed to obtain node locks" in said:
            return f"{self.folder} is in use by another node; stop that one or choose another data folder"
        if re.search(r"Address already in use|Failed to bind", said, re.IGNORECASE):
            return _port_taken(self.port)
        match = re.search(
            r"^storytrail-node cannot start: (.+)$|^((?:Error|Invalid).*(?:\n.+)?)", said, re.MULTILINE
        )
        reason = " ".join((match[1] or match[2]).split()) if match else "no reason given"
        return f"the node did not start: {reason}; read {self.log}"

    def _gone(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
        self._dismiss_waker()

    def _dismiss_waker(self) -> None:
        if self._waker is not None:
            self._waker.communicate(b"\n")
            self._waker = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # connections of a former node do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise NodeError(_port_taken(port)) from error


def _port_taken(port: int) -> str:
    return f"port {port} is taken on 127.0.0.1; choose another one"


def _health(port: int) -> str:
    """The cluster's status once no shard is on its way, or "not answering"."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(
            "GET",
            "/_cluster/health?wait_for_status=yellow&wait_for_no_initializing_shards=true"
            "&wait_for_events=languid&timeout=1s",
        )
        answer = connection.getresponse()
        health = json.loads(answer.read())
        return str(health["status"]) if answer.status == 200 else "red"
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return "not answering"
    finally:
        connection.close()
