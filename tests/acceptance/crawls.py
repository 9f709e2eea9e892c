"""Crawls of the news web that are killed while they work, and what its server saw of them."""

import faulthandler
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from archive import open_archive
from archive.article import Article
from crawler.ledger import Ledger
from scripts.loopback_web import LoggedRequest, LoopbackWeb
from scripts.news_web import EXPECTED, NewsWeb, Report
from scripts.news_web.web import RETRY_AFTER, host_of
from tests.crawl.conftest import ROOT, command, environment

LATE = 0.02
"""Seconds that a gap may fall short: the server reads its clock a moment after the packets came."""
END_WITHIN = 900
"""Seconds for the crawls to come to their end after the last kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is crawled, and how often it is killed."""

    pages: int
    hosts: int
    processes: int
    kills: int
    every: float
    """Seconds between kills, and before the first one from the first page on."""
    delay: float
    crawl_delay: float
    edits: int
    removals: int
    later: int = 1
    """Processes of the runs over what is known."""
    leases: int = 64
    """LEASE_BATCH: what one process holds, and so on how many hosts it works at once."""
    postgresql: bool = True


@dataclass(slots=True)
class Crawl:
    """The state and the history of the crawls of one news web."""

    scale: Scale
    state: Path
    ledger_url: str
    news: NewsWeb
    web: LoopbackWeb
    killed: dict[str, float] = field(default_factory=dict)
    """When a run was killed (`time.time()`), by its name in the User-Agent."""
    runs: int = 0
    _running: list[tuple[str, subprocess.Popen[str]]] = field(default_factory=list)

    # --- Runs -----------------------------------------------------------------------------------------

    def start(self, *, offset: float = 0.0) -> None:
        """One more process of the crawl, `offset` seconds in the future."""
        self.runs += 1
        name = f"run{self.runs}"
        log = (self.state / f"{name}.log").open("w", encoding="utf-8")
        values = {"CONTACT": f"{name}@example.org", "STORYTRAIL_CLOCK_OFFSET": str(offset)}
        values |= {"LEDGER_URL": self.ledger_url} if self.scale.postgresql else {}
        process = subprocess.Popen(
            command("crawl", "feeds", *self._arguments(), *([] if offset else self._few_leases())),
            cwd=ROOT,
            env=environment(self.state, self.web.proxy_url, **values),
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            text=True,
        )
        log.close()
        self._running.append((f"Storytrail/0.1 (+{name}@example.org)", process))

    def _arguments(self) -> list[str]:
        settings = {
            "DOWNLOAD_DELAY": self.scale.delay,
            "ERROR_RETRY_SECONDS": 0,
            "ERROR_TRIES": 2,
            "RETRY_TIMES": 1,
            "HEARTBEAT_SECONDS": 2,
            "MAX_FAILED_SHARE": 1,
        }
        given = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        return ["-a", f"sources={self.state / 'sources.json'}", *given]

    def _few_leases(self) -> list[str]:
        return ["-s", f"LEASE_BATCH={self.scale.leases}"]

    def kill_one(self, chance: random.Random) -> bool:
        """kill -9 of a running process, and another starts in its place; False where none runs."""
        running = [one for one in self._running if one[1].poll() is None]
        if not running:
            return False
        agent, process = chance.choice(running)
        os.kill(process.pid, signal.SIGKILL)
        self.killed[agent] = time.time()
        self.start()
        return True

    def wait(self) -> None:
        """Until all processes have ended by themselves."""
        for agent, process in self._running:
            code = process.wait(timeout=END_WITHIN)
            assert code == (-signal.SIGKILL if agent in self.killed else 0), self.logs()
        self._running.clear()

    def run_to_the_end(self) -> None:
        """Single crawls, until nothing is pending; mostly none is needed."""
        for _ in range(6):
            states = self.by_state()
            if not states["pending"] + states["leased"]:
                return
            self.start()
            self.wait()
        raise AssertionError(f"still pending: {self.by_state()}")

    def run_later(self, offset: float) -> list[LoggedRequest]:
        """A run `offset` seconds in the future; its requests."""
        before = len(self.web.requests)
        for _ in range(self.scale.later):
            self.start(offset=offset)
        self.wait()
        return self.web.requests[before:]

    def end(self) -> None:
        """End what still runs."""
        for _, process in self._running:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()

    # --- What is kept -----------------------------------------------------------------------------------

    def rows(self) -> list[dict[str, Any]]:
        """The ledger."""
        ledger = Ledger(self.ledger_url)
        try:
            return ledger.rows()
        finally:
            ledger.close()

    def by_state(self) -> Counter[str]:
        """Number of URLs in each state."""
        return Counter(row["state"] for row in self.rows())

    def articles(self) -> dict[str, Article]:
        """The archive, by id."""
        archive = open_archive("embedded:", self.state)
        found = {article.id: article for article in archive.iterate()}
        archive.close()
        return found

    def revisions(self, ids: Sequence[str]) -> dict[str, list[Article]]:
        """All revisions of the articles."""
        archive = open_archive("embedded:", self.state)
        found = {identity: archive.revisions(identity) for identity in ids}
        archive.close()
        return found

    def logs(self) -> str:
        """What the runs said."""
        return "\n".join(
            f"{path.name}: {path.read_text(encoding='utf-8')}"[-2000:] for path in self.state.glob("run*.log")
        )


def killed_crawl(scale: Scale, state: Path, ledger_url: str) -> Iterator[Crawl]:
    """Crawls of a news web, killed again and again, then run to their end; the web is there until the end."""
    # what pytest does after 300 s (faulthandler_timeout) has crashed under the server's thread
    faulthandler.cancel_dump_traceback_later()
    news = NewsWeb(seed=scale.pages, hosts=scale.hosts, pages=scale.pages, crawl_delay=scale.crawl_delay)
    (state / "sources.json").write_text(json.dumps(news.sources()), encoding="utf-8")
    chance = random.Random(scale.kills)
    with LoopbackWeb(news.respond) as web:
        crawl = Crawl(scale, state, ledger_url, news, web)
        try:
            for _ in range(scale.processes):
                crawl.start()
            _kill(crawl, chance)
            crawl.wait()
            crawl.run_to_the_end()
            yield crawl
        finally:
            crawl.end()


def _kill(crawl: Crawl, chance: random.Random) -> None:
    deadline = time.monotonic() + 60
    while not any(is_page(entry.url) for entry in crawl.web.requests):
        assert time.monotonic() < deadline, crawl.logs()
        time.sleep(0.1)
    for _ in range(crawl.scale.kills):
        time.sleep(crawl.scale.every)
        assert crawl.kill_one(chance), f"all was fetched after {len(crawl.killed)} kills"


# --- What the server saw ------------------------------------------------------------------------------


def is_page(url: str) -> bool:
    """Whether it is the address of a page that is or was announced."""
    return url.split("/", 4)[3] in ("world", "intern", "new")


def impolite(crawl: Crawl, requests: Sequence[LoggedRequest]) -> list[str]:
    """Requests to a host that came too soon after the answer to the one before, or during it."""
    by_host: dict[str, list[LoggedRequest]] = defaultdict(list)
    for entry in sorted(requests, key=lambda entry: entry.started):
        by_host[host_of(entry.url)].append(entry)
    found = []
    for host, entries in by_host.items():
        least = max(crawl.scale.delay, crawl.news.delay_of(host))
        for earlier, later in pairwise(entries):
            ended = _ended(earlier, crawl.killed)
            killed = earlier.agent != later.agent and earlier.agent in crawl.killed
            wanted = RETRY_AFTER if earlier.status == 429 and not killed else 0
            gap = later.started - ended
            if gap < max(least, wanted) - LATE:
                found.append(f"{host}: {gap:.3f} s after {earlier} came {later}")
    return found


def _ended(entry: LoggedRequest, killed: Mapping[str, float]) -> float:
    """When the answer was given, or its receiver killed."""
    return min(entry.time, max(entry.started, killed.get(entry.agent, entry.time)))


def fetched_twice(crawl: Crawl, requests: Sequence[LoggedRequest]) -> tuple[list[str], int]:
    """Pages whose body was fetched again though its fetcher lived; how many were as it was killed."""
    fetches: dict[str, list[LoggedRequest]] = defaultdict(list)
    for entry in requests:
        if entry.status == 200 and is_page(entry.url):
            fetches[entry.url.partition("?")[0]].append(entry)
    cut = {report.url for report in crawl.news.reports if report.kind == "cut_once"}
    again = {url: entries[1 if url in cut else 0 : -1] for url, entries in fetches.items()}
    unneeded = [
        f"{url}: {entry}"
        for url, entries in again.items()
        for entry in entries
        if entry.agent not in crawl.killed
    ]
    return unneeded, sum(map(len, again.values())) - len(unneeded)


def expected_of(reports: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    """What may become of each announced address."""
    return {report.url: EXPECTED[report.kind][1] for report in reports}
