#!/usr/bin/env python3
"""Measures what a URL costs the ledger over its life, and how long its queries take when it is large.

    python benchmarks/ledger.py [--urls 1000000] [--url LEDGER_URL]

A life: announced in a list of 50, leased, settled as archived, leased again for a check, found unchanged.
A few thousand URLs live it in the empty ledger and as many in the full one; between them the others are
announced and then put, by one statement, into the state in which months of crawling leave them: archived,
checked four times, to be checked again. Costs are CPU of this process, which with SQLite is all there is.
The exit code is 1 if a life in the full ledger costs more than a millisecond. Without --url: SQLite in a
temporary folder.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.article import RawPage  # noqa: E402
from archive.clock import now  # noqa: E402
from crawler.host_turns import HostTurns  # noqa: E402
from crawler.ledger import Ledger  # noqa: E402
from crawler.ledger_records import Evidence, Found, Lease, Validators, Work, text_of  # noqa: E402
from crawler.ledger_report import account  # noqa: E402
from crawler.ledger_tables import urls, wanted  # noqa: E402

_T = TypeVar("_T")

JOB = "feeds sources=seeds/sources.yml"
HOSTS = 500
LIST = 50
"""Pages that a list announces."""
SAMPLE = 5_000
"""URLs that live their life while it is measured."""
BATCH = 16
"""Leases taken at a time: in a crawl of 60 hosts 600 pages took 48 times."""
PER_HOST = 4
"""Setting LEASES_PER_HOST."""
SHARE_DUE = 0.1
"""Of the full ledger's URLs, for the last queries."""
ROUNDS = 20
MOST = 1.0
"""CPU milliseconds of a life, at most."""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--url", help="SQLAlchemy URL of an empty ledger")
    options = parser.parse_args()
    if options.urls < 4 * SAMPLE:
        parser.error(f"--urls must be at least {4 * SAMPLE}")
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(options.url or f"sqlite:///{folder}/ledger.sqlite")
        try:
            cost = measure(ledger, options.urls)
        finally:
            ledger.close()
    sys.exit(1 if cost > MOST else 0)


def measure(ledger: Ledger, count: int) -> float:
    """Print all figures; CPU milliseconds of a life in the full ledger."""
    _print_life("in the empty ledger", live(ledger, 0))
    print(f"announcing {count - 2 * SAMPLE:,} more, CPU ms a URL:")
    costs = announce(ledger, range(SAMPLE, count - SAMPLE))
    print(
        f"  first thousand {costs[0]:.3f}, last thousand {costs[-1]:.3f}, mean {statistics.mean(costs):.3f}"
    )
    _age(ledger)
    cost = _print_life(f"with {count - SAMPLE:,} in the ledger", live(ledger, count - SAMPLE))
    size = _size(ledger)
    print(f"size {size / 1e6:,.0f} MB, {size / count:.0f} bytes a URL")
    _make_due(ledger)
    _time_queries(ledger)
    return cost


# --- Lives --------------------------------------------------------------------------------------------


def live(ledger: Ledger, start: int) -> dict[str, float]:
    """SAMPLE URLs from number `start` on live their life; CPU milliseconds a URL by stage."""
    costs = {"announce": statistics.mean(announce(ledger, range(start, start + SAMPLE)))}
    run, turns = ledger.start_run(JOB), HostTurns(0.0, {})

    def settle(lease: Lease) -> None:
        evidence = _evidence(lease, due_in=timedelta(seconds=-1))
        ledger.settle(lease, "archived", evidence=evidence, leaving=turns.leave(lease.key))

    def check(lease: Lease) -> None:
        evidence = Evidence(due_at=now() + timedelta(days=3))
        ledger.checked(lease, "unchanged", evidence=evidence, leaving=turns.leave(lease.key))

    for stage, finish in (("settle", settle), ("check", check)):
        taking, finishing = _work_off(ledger, run, turns, finish)
        costs |= {f"take to {stage}": taking / SAMPLE, stage: finishing / SAMPLE}
    ledger.end_run(run, "finished")
    return costs


def announce(ledger: Ledger, numbers: range) -> list[float]:
    """Announce them list by list; CPU milliseconds a URL of each thousand."""
    costs = []
    for start in range(numbers.start, numbers.stop, 1000):
        works = [_work(number) for number in range(start, min(start + 1000, numbers.stop))]
        lists = [works[at : at + LIST] for at in range(0, len(works), LIST)]
        began = time.process_time()
        for one in lists:
            ledger.announce(JOB, one)
        costs.append((time.process_time() - began) * 1000 / len(works))
    return costs


def _work_off(
    ledger: Ledger, run: str, turns: HostTurns, finish: Callable[[Lease], None]
) -> tuple[float, float]:
    """Take SAMPLE leases in batches and finish each; CPU milliseconds of both."""
    taking = finishing = 0.0
    left = SAMPLE
    while left:
        began = time.process_time()
        leases = ledger.take(run, JOB, min(BATCH, left), per_host=PER_HOST).leases
        taking += time.process_time() - began
        left -= len(leases)
        for lease in leases:
            turns.enter(lease.host, lease.key)
        began = time.process_time()
        for lease in leases:
            finish(lease)
        finishing += time.process_time() - began
    return taking * 1000, finishing * 1000


def _work(number: int) -> Work:
    host, moment = f"www.outlet{number // LIST % HOSTS}.example", now()
    return Work(
        url=f"https://{host}/news/world/{number:07}-what-the-council-said-about-the-harbour.html",
        source=f"outlet{number // LIST % HOSTS}",
        headline=f"What the council of {number} towns said about the harbour and its tolls",
        date_published=moment,
        priority=moment.timestamp(),
    )


def _evidence(lease: Lease, *, due_in: timedelta) -> Evidence:
    raw = RawPage(file=_FILE, offset=lease.id * 9_000, sha256=f"{lease.id:064x}")
    return Evidence(
        article_id=f"{lease.id:064x}",
        raw=raw,
        validators=Validators(etag=f'"{lease.id:032x}"', last_modified="Tue, 24 Nov 2026 10:00:00 GMT"),
        due_at=now() + due_in,
        found=Found(text_length=2_500, has_date=True, has_author=True, has_image=False),
    )


_FILE = "storytrail-20261124100000000000-12345-0a1b2c3d.warc.gz"


def _print_life(when: str, costs: dict[str, float]) -> float:
    total = sum(costs.values())
    stages = ", ".join(f"{stage} {cost:.3f}" for stage, cost in costs.items())
    print(f"a life {when}: {total:.3f} ms CPU a URL ({stages})", flush=True)
    return total


# --- The full ledger ------------------------------------------------------------------------------------


def _age(ledger: Ledger) -> None:
    """What is pending becomes what months of crawling leave: archived, checked, to be checked in a week."""
    moment, later = text_of(now()), text_of(now() + timedelta(days=7))
    number = sa.func.substr(urls.c.key, -52)
    values = {
        "state": "archived",
        "attempt": 5,
        "checks": 4,
        "settled_at": moment,
        "checked_at": moment,
        "last_check": "unchanged",
        "due_at": later,
        "article_id": f"{0:012x}" + number,
        "warc_file": _FILE,
        "warc_offset": urls.c.id * 9_000,
        "warc_sha256": f"{1:012x}" + number,
        "etag": '"' + sa.func.substr(urls.c.key, -32) + '"',
        "last_modified": "Tue, 24 Nov 2026 10:00:00 GMT",
        "text_length": 2_500,
        "has_date": 1,
        "has_author": 1,
        "has_image": 0,
    }
    with ledger.connection() as connection:
        connection.execute(urls.update().where(urls.c.state == "pending").values(values))
        connection.execute(wanted.update().values(open=0))


def _make_due(ledger: Ledger) -> None:
    """A tenth of the ledger is to be checked now."""
    with ledger.connection() as connection:
        due = urls.update().where(urls.c.id % round(1 / SHARE_DUE) == 0)
        connection.execute(due.values(due_at=text_of(now() - timedelta(seconds=1))))


def _size(ledger: Ledger) -> int:
    with ledger.connection() as connection:
        if connection.dialect.name != "sqlite":
            return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)
        pages, size = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size")
        )
    return int(pages or 0) * int(size or 0)


def _time_queries(ledger: Ledger) -> None:
    run = ledger.start_run(JOB)

    def take(limit: int) -> Callable[[], Sequence[Lease]]:
        return lambda: ledger.take(run, JOB, limit, per_host=PER_HOST).leases

    def report() -> None:
        with ledger.connection() as connection:
            account(connection)

    def give_back(leases: Sequence[Lease]) -> None:
        for lease in leases:
            ledger.release(lease, due_at=now() - timedelta(seconds=1), leaving={lease.host: now()})

    print("queries, median wall time:")
    for limit in (64, BATCH, 1):
        _print_time(f"take {limit} of {SHARE_DUE:.0%} that are due", take(limit), give_back)
    _print_time("count_by_state of the job", lambda: ledger.count_by_state(JOB))
    _print_time("count_by_state", ledger.count_by_state)
    _print_time("report", report)
    ledger.end_run(run, "finished")


def _print_time(what: str, query: Callable[[], _T], then: Callable[[_T], None] = lambda _: None) -> None:
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = query()
        times.append(time.perf_counter() - began)
        then(found)
        if sum(times) > 10:
            break
    print(f"  {what}: {statistics.median(times) * 1000:,.1f} ms", flush=True)


if __name__ == "__main__":
    main()
