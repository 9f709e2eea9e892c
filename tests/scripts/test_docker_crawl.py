"""docker/crawl, run for real: with a stand-in for scrapy that writes down what happens to it, and once with
the real one on the sample web, from a copy of what the image holds."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.loopback_web import LoopbackWeb
from tests.scripts.docker_context import copy_context

ROOT = Path(__file__).resolve().parents[2]
SCRAPY = """#!/bin/bash
echo "$*" >> rounds
[ ! -e lasts ] || { sleep 30 & trap 'echo TERM >> rounds; kill $!; exit 1' TERM; wait; }
exit "$(cat code)"
"""


class Loop:
    """docker/crawl with a stand-in for scrapy, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "scrapy").write_text(SCRAPY)
        (folder / "scrapy").chmod(0o755)
        self.exits_with(0)
        self.process: subprocess.Popen[str] | None = None

    def start(self, **environment: str) -> None:
        path = f"{self.folder}:{os.environ['PATH']}"
        base = {"PATH": path, "CONTACT": "a@b.example", "UNHEALTHY": str(self.folder / "unhealthy")}
        self.process = subprocess.Popen(
            ["bash", str(ROOT / "docker" / "crawl"), "feeds", "-a", "sources=some where"],
            cwd=self.folder,
            env=base | environment,
            stderr=subprocess.PIPE,
            text=True,
        )

    def exits_with(self, code: int) -> None:
        (self.folder / "code").write_text(str(code))

    def rounds(self) -> list[str]:
        file = self.folder / "rounds"
        return file.read_text().splitlines() if file.exists() else []

    def unhealthy(self) -> bool:
        return (self.folder / "unhealthy").exists()

    def stop(self) -> tuple[int, str, float]:
        """Exit code, standard error, and the seconds from SIGTERM to the end."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, stderr = self.process.communicate(timeout=20)
        return self.process.returncode, stderr, time.monotonic() - began


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    running = Loop(tmp_path)
    yield running
    if running.process is not None:
        running.process.kill()
        running.process.communicate()


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_it_crawls_in_rounds_with_a_pause_between(loop: Loop) -> None:
    loop.start(CRAWL_PAUSE="1")
    began = time.monotonic()
    until(lambda: len(loop.rounds()) == 3)
    assert time.monotonic() - began > 1.9
    code, stderr, seconds = loop.stop()
    assert set(loop.rounds()) == {"crawl feeds -a sources=some where"}
    assert code == 0
    assert seconds < 3
    assert stderr.splitlines()[0] == "crawl: the round ended with exit code 0; the next one begins in 1 s"
    assert stderr.splitlines()[-1] == "crawl: stopped"


def test_a_failed_round_is_said_and_shown_and_the_next_one_comes(loop: Loop) -> None:
    loop.exits_with(1)
    loop.start(CRAWL_PAUSE="1")
    until(loop.unhealthy)
    loop.exits_with(0)
    until(lambda: not loop.unhealthy())
    assert "ended with exit code 1" in loop.stop()[1]


def test_a_stop_is_handed_to_the_crawl_and_no_round_follows(loop: Loop) -> None:
    (loop.folder / "lasts").touch()
    loop.start()
    until(lambda: bool(loop.rounds()))
    time.sleep(0.2)
    code, stderr, seconds = loop.stop()
    assert loop.rounds() == ["crawl feeds -a sources=some where", "TERM"]
    assert (code, stderr) == (0, "crawl: stopped\n")
    assert seconds < 3


def test_a_stop_ends_the_pause(loop: Loop) -> None:
    loop.start()  # 900 seconds
    until(lambda: bool(loop.rounds()))
    time.sleep(0.2)
    assert loop.stop()[2] < 3
    assert len(loop.rounds()) == 1


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"CONTACT": ""}, "crawl: no CONTACT: sites must be able to reach you"),
        ({"CRAWL_PAUSE": "0"}, "crawl: CRAWL_PAUSE=0 is no number of seconds"),
        ({"CRAWL_PAUSE": "15m"}, "crawl: CRAWL_PAUSE=15m is no number of seconds"),
    ],
)
def test_without_what_it_needs_it_says_so_and_waits(
    loop: Loop, environment: dict[str, str], words: str
) -> None:
    loop.start(**environment)
    until(loop.unhealthy)
    time.sleep(0.2)
    assert loop.process is not None
    assert loop.process.poll() is None
    code, stderr, seconds = loop.stop()
    assert code == 2
    assert stderr.startswith(words)
    assert "docker compose up -d" in stderr
    assert len(stderr.splitlines()) == 1
    assert seconds < 3
    assert loop.rounds() == []


def test_the_real_crawl_runs_from_what_the_image_holds(web: LoopbackWeb, tmp_path: Path) -> None:
    context = copy_context(tmp_path / "app")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(context),
        "HOME": str(tmp_path),
        "http_proxy": web.proxy_url,
        "ARCHIVE_URL": "embedded:",
        "STATE_DIR": str(tmp_path / "state"),
        "CONTACT": "https://example.org/crawler",
        "UNHEALTHY": str(tmp_path / "unhealthy"),
    }
    arguments = ["feeds", "-a", "sources=seeds/sample-web/sources.yml", "-a", "max_requests=5"]
    with subprocess.Popen(
        ["docker/crawl", *arguments], cwd=context, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "next one begins" in line:
                process.send_signal(signal.SIGTERM)
    assert process.returncode == 0, "".join(lines)
    assert "crawl: the round ended with exit code 0; the next one begins in 900 s\n" in lines, "".join(lines)
    assert any(line.split() == ["fetched", "5"] for line in lines)
    assert not (tmp_path / "unhealthy").exists()
    modules = subprocess.run(
        [sys.executable, "-c", "import archive, crawler; print(archive.__file__, crawler.__file__)"],
        env=environment, cwd=context, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert modules.split() == [str(context / name / "__init__.py") for name in ("archive", "crawler")]
