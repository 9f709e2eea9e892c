"""One SIGTERM or Ctrl-C ends a crawl within ten seconds, whatever it is doing, and nothing is lost."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import ROOT, archived, command, environment, ledger_rows, run
from tests.crawl.test_politeness import page

LIMIT = 10
"""Seconds from the signal to the end of the process."""
NAMES = tuple(f"s{number}" for number in range(6))
PAGES = 6
"""Pages of each outlet."""


class Outlets:
    """Six outlets, each with a feed of six pages. With `slow` three feeds and the pages of the other three
    outlets take half a minute."""

    def __init__(self, *, slow: bool = False) -> None:
        self.asked: list[str] = []
        """Targets of the requests that have come, answered or not."""
        self._slow = slow

    def __call__(self, request: ProxyRequest) -> ProxyResponse:
        self.asked.append(request.target)
        if request.target == "/robots.txt":
            return ProxyResponse(status=404)
        slow_feed = request.host in ("s0.example", "s1.example", "s2.example")
        is_feed = request.target == "/feed"
        answer = self._feed(request.host) if is_feed else page(request.target)
        delay = 30.0 if self._slow and slow_feed == is_feed else 0.0
        return ProxyResponse(headers=answer.headers, body=answer.body, delay=delay)

    def _feed(self, host: str) -> ProxyResponse:
        links = (f"http://{host}/{host[:2]}-{number}" for number in range(PAGES))
        items = "".join(f"<item><link>{link}</link></item>" for link in links)
        body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
        return ProxyResponse(headers={"Content-Type": "application/rss+xml"}, body=body)

    def wait_for(self, count: int, word: str = "-") -> None:
        """Until so many requests for pages have come, or for what else has the word in its target."""
        deadline = time.monotonic() + 60
        while sum(word in target for target in self.asked) < count:
            assert time.monotonic() < deadline, self.asked
            time.sleep(0.05)


@dataclass
class Crawl:
    """One crawl over the six outlets, which is told to stop."""

    state: Path
    delay: float = 0.0
    settings: tuple[str, ...] = ()

    def args(self, delay: float) -> list[str]:
        sources = self.state / "sources.yml"
        sources.write_text(
            "sources:\n"
            + "".join(
                f"  - {{name: {name}, publisher: {name}, country: DE, languages: [de], delay: {delay},"
                f" feeds: ['http://{name}.example/feed']}}\n"
                for name in NAMES
            ),
            encoding="utf-8",
        )
        return ["crawl", "feeds", "-a", f"sources={sources}", "-s", "READ_WORKERS=1", *self.settings]

    @contextmanager
    def running(self, web: LoopbackWeb) -> "Iterator[subprocess.Popen[str]]":
        """In a process group of its own, as a terminal gives to each command."""
        with subprocess.Popen(
            command(*self.args(self.delay)),
            cwd=ROOT,
            env=environment(self.state, web.proxy_url),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def check_stopped(self) -> None:
        """What a clean stop leaves: no lease, no open file, an archive that holds what the ledger says."""
        rows = ledger_rows(self.state)
        assert not [url for url, row in rows.items() if row["owner"] or row["state"] == "leased"]
        assert {row["state"] for row in rows.values()} <= {"pending", "archived", "error"}
        assert not list(self.state.glob("raw/*.open"))
        kept = {article.id for article in archived(self.state).values()}
        assert kept == {row["article_id"] for row in rows.values() if row["state"] == "archived"}

    def finish(self, web: LoopbackWeb) -> None:
        """The same command later: all is archived, and no page that was settled is fetched again."""
        settled = {url for url, row in ledger_rows(self.state).items() if row["state"] == "archived"}
        before = len(web.requests)
        done = run(self.state, *self.args(0), proxy=web.proxy_url)
        assert done.returncode == 0, done.stderr
        rows = ledger_rows(self.state)
        assert [row["state"] for row in rows.values()] == ["archived"] * len(NAMES) * PAGES
        assert settled.isdisjoint(entry.url for entry in web.requests[before:])
        self.check_stopped()


def stop(process: "subprocess.Popen[str]", number: signal.Signals) -> str:
    """Send the signal as systemd with KillMode=mixed (SIGTERM) or a terminal (SIGINT) does; what was said."""
    started = time.monotonic()
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert time.monotonic() - started < LIMIT, said
    return said


def check_said(said: str) -> None:
    assert "goes on where it stopped" in said.splitlines()[-1]
    assert "Traceback" not in said


def test_sigterm_does_not_wait_for_slow_lists_and_pages(tmp_path: Path) -> None:
    crawl, outlets = Crawl(tmp_path), Outlets(slow=True)
    with LoopbackWeb(outlets) as web, crawl.running(web) as process:
        outlets.wait_for(3)
        check_said(stop(process, signal.SIGTERM))
    assert process.returncode == 1
    crawl.check_stopped()
    assert [row["state"] for row in ledger_rows(tmp_path).values()] == ["pending"] * 3 * PAGES


def test_ctrl_c_gives_back_what_waits_for_its_turn(tmp_path: Path) -> None:
    crawl, outlets = Crawl(tmp_path, delay=5.0), Outlets()
    with LoopbackWeb(outlets) as web, crawl.running(web) as process:
        outlets.wait_for(6, "feed")
        time.sleep(0.5)
        check_said(stop(process, signal.SIGINT))
    assert process.returncode == 1
    crawl.check_stopped()
    assert len(ledger_rows(tmp_path)) == len(NAMES) * PAGES


def test_a_locked_job_runs_once_at_a_time_and_its_next_run_finishes_it(tmp_path: Path) -> None:
    crawl, outlets = Crawl(tmp_path, delay=1.0, settings=("-s", "JOB_LOCK=True")), Outlets()
    with LoopbackWeb(outlets) as web, crawl.running(web) as first:
        outlets.wait_for(7)
        second = run(tmp_path, *crawl.args(1.0), proxy=web.proxy_url)
        check_said(stop(first, signal.SIGINT))
        assert second.returncode == 75
        assert second.stderr.startswith(f"crawl: this job is running already (process {first.pid}, ")
        assert second.stderr.count("\n") == 1
        crawl.check_stopped()
        crawl.finish(web)


@pytest.mark.long
def test_stopped_at_random_moments(tmp_path: Path) -> None:
    chance = random.Random(8)
    crawl = Crawl(tmp_path, delay=0.5)
    with LoopbackWeb(Outlets()) as web:
        for _ in range(12):
            with crawl.running(web) as process:
                time.sleep(chance.uniform(0.5, 6.0))
                said = stop(process, chance.choice([signal.SIGTERM, signal.SIGINT]))
            assert process.returncode in (0, 1, -signal.SIGTERM, -signal.SIGINT), said
            if (tmp_path / "ledger.sqlite").exists():
                crawl.check_stopped()
        crawl.finish(web)
