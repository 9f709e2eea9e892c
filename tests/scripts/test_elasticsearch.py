"""The node for tests and for trying out: really started, killed and paused."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.elasticsearch_node.command import main
from scripts.elasticsearch_node.node import Node, NodeError
from tests.scripts.elasticsearch_client import PROGRAM, ROOT, alive, ask, wait_until


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def start(port: int, data: Path, *options: str) -> subprocess.Popen[str]:
        command = [*PROGRAM, "--port", str(port), "--data", str(data), "--heap", "256m", *options]
        pipe = subprocess.PIPE
        running.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, cwd=tmp_path))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_the_program_runs_until_sigterm_and_names_what_is_taken(
    program: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    data, port, other = tmp_path / "data", Node(tmp_path).port, Node(tmp_path).port
    first = program(port, data, "--setting", "http.max_content_length=2kb")
    assert first.stdout
    assert first.stdout.readline() == f"http://127.0.0.1:{port}\n"
    assert ask(f"http://127.0.0.1:{port}", "GET", "/_cluster/health")[1]["status"] == "green"
    assert ask(f"http://127.0.0.1:{port}", "POST", "/_analyze", {"text": "a" * 3000})[0] == 413

    said = program(port, tmp_path / "second").communicate(timeout=60)
    assert said == ("", f"elasticsearch: port {port} is taken on 127.0.0.1; choose another one\n")
    said = program(other, data).communicate(timeout=60)
    expected = (
        f"elasticsearch: {data} is in use by another node; stop that one or choose another data folder\n"
    )
    assert said == ("", expected)

    first.send_signal(signal.SIGTERM)
    assert first.communicate(timeout=60)[0] == ""
    assert first.returncode == 0
    assert not alive(tmp_path)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 0)])
def test_a_program_that_ends_while_it_starts_leaves_no_process(
    program: Callable[..., subprocess.Popen[str]], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = program(Node(tmp_path).port, tmp_path / "data")
    assert wait_until(lambda: alive(tmp_path), seconds=60)
    process.send_signal(number)
    assert process.wait(30) == code
    assert wait_until(lambda: not alive(tmp_path))


def test_a_setting_that_the_server_does_not_know_is_one_line(
    program: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    out, said = program(Node(tmp_path).port, tmp_path / "data", "--setting", "no.such=1").communicate(
        timeout=60
    )
    assert out == ""
    assert said.startswith("elasticsearch: the node did not start: unknown setting [no.such]")
    assert said.count("\n") == 1
    assert str(tmp_path / "data" / "logs" / "elasticsearch.log") in said


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "70000"], "70000 is not a port from 1 to 65535"),
        (["--port", "http"], "http is not a port from 1 to 65535"),
        (["--heap", "much"], "much is not a size such as 512m or 1g"),
        (["--setting", "novalue"], "novalue is not NAME=VALUE"),
        (["--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_bad_arguments_are_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert complaint in said
    assert said.count("\n") == 1


# Nodes for tests of faults

_TEST_RUN = """
import sys, time
from scripts.elasticsearch_node.node import Node
node = Node(sys.argv[1], heap="256m").start()
print(node.port, flush=True)
sys.stdin.readline()
node.pause()
print("paused", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node, not running, whose test run was killed while the node was paused; it holds one document."""
    folder, pipe = tmp_path_factory.mktemp("interrupted"), subprocess.PIPE
    command = [sys.executable, "-c", _TEST_RUN, str(folder)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as run:
        assert run.stdin
        assert run.stdout
        port = int(run.stdout.readline())
        assert ask(f"http://127.0.0.1:{port}", "PUT", "/notes/_doc/1", {"text": "kept"})[0] == 201
        run.stdin.write("\n")
        run.stdin.flush()
        assert run.stdout.readline() == "paused\n"
        assert alive(folder)
        run.kill()
    return Node(folder, port=port, heap="256m")


def test_a_paused_node_ends_with_a_killed_test_run(interrupted: Node) -> None:
    assert wait_until(lambda: not alive(interrupted.folder))


def test_a_node_keeps_port_and_data_and_can_be_paused_and_killed(interrupted: Node) -> None:
    assert wait_until(lambda: not alive(interrupted.folder))
    url = interrupted.url
    node = interrupted
    node.stop()  # nothing to stop is no error
    try:
        node.start({"indexing_pressure.memory.limit": "1kb"})
        assert ask(url, "GET", "/notes/_doc/1")[1]["_source"] == {"text": "kept"}
        assert ask(url, "PUT", "/notes/_doc/2", {"text": "x" * 5000})[0] == 429
        with pytest.raises(NodeError, match="runs already"):
            node.start()

        node.pause()
        with pytest.raises(TimeoutError):
            ask(url, "GET", "/notes/_doc/1", timeout=0.5)
        node.resume()
        assert ask(url, "GET", "/notes/_doc/1")[0] == 200

        node.pause()
        node.kill()
        assert node.pid is None
        with pytest.raises(ConnectionError):
            ask(url, "GET", "/")
    finally:
        node.kill()
    assert not alive(node.folder)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NodeError, match=r"file.* cannot be written .*; choose another data folder"):
        Node(tmp_path / "file").start()
