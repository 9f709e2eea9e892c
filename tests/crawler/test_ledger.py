import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.article import RawPage
from archive.errors import LedgerError
from crawler import ledger as ledger_module
from crawler.ledger import Ledger
from crawler.ledger_tables import Work


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield book
    book.close()


def works(*urls: str, priority: float = 0.0) -> list[Work]:
    return [Work(url=url, priority=priority) for url in urls]


def test_a_url_is_announced_once_under_all_its_spellings(ledger: Ledger) -> None:
    when = datetime(2022, 9, 8, 4, tzinfo=UTC)
    first = Work(
        url="http://a.example/x?utm_source=f#c", source="a", headline="H", date_published=when, depth=1
    )
    assert [known.state for known in ledger.announce("job", [first])] == ["new"]
    assert [known.state for known in ledger.announce("job", works("https://a.example/x"))] == ["pending"]
    run = ledger.start_run("job")
    (lease,) = ledger.lease(run, "job", 10)
    assert (lease.work.url, lease.work.headline, lease.work.date_published) == (first.url, "H", when)
    assert lease.work.depth == 0, "found again in a list"
    assert ledger.count_by_state() == {"leased": 1}


def test_the_likeliest_come_first_and_each_once(ledger: Ledger) -> None:
    for number in range(10):
        ledger.announce("job", works(f"http://a.example/{number}", priority=float(number % 5)))
    run, other = ledger.start_run("job"), ledger.start_run("job")
    taken = [*ledger.lease(run, "job", 4), *ledger.lease(other, "job", 4), *ledger.lease(run, "job", 4)]
    assert [lease.work.priority for lease in taken] == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]
    assert len({lease.key for lease in taken}) == 10


def test_settling_is_final_and_needs_the_attempt(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    (stale,) = ledger.lease(run, "job", 1)
    assert ledger.release(stale)
    (lease,) = ledger.lease(run, "job", 1)
    assert not ledger.settle(stale, "gone"), "the lease is another's now"
    raw = RawPage(file="f.warc.gz", offset=3, sha256="ab")
    assert ledger.settle(lease, "archived", article_id="id", raw=raw)
    assert not ledger.settle(lease, "gone")
    (row,) = ledger.rows(["archived"])
    assert (row["article_id"], row["warc_file"], row["warc_offset"], row["warc_sha256"]) == (
        "id",
        "f.warc.gz",
        3,
        "ab",
    )
    (known,) = ledger.announce("other", works("http://a.example/1"))
    assert (known.state, known.article_id) == ("archived", "id")
    assert ledger.archived_of("job") == ledger.archived_of("other") == ["id"]
    assert ledger.archived_of("third") == []
    assert ledger.lease(run, "other", 1) == []


def test_a_passing_failure_waits_and_the_last_one_settles(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    (lease,) = ledger.lease(run, "job", 1)
    ledger.fail(lease, "http_503", tries_allowed=2, retry_seconds=3600)
    assert ledger.lease(run, "job", 1) == [], "not due yet"
    assert ledger.count_by_state() == {"pending": 1}
    ledger.announce("job", works("http://a.example/2"))
    (lease,) = ledger.lease(run, "job", 1)
    ledger.fail(lease, "timeout", tries_allowed=2, retry_seconds=-1)
    (lease,) = ledger.lease(run, "job", 1)
    ledger.fail(lease, "timeout", tries_allowed=2, retry_seconds=-1)
    (row,) = ledger.rows(["error"])
    assert (row["tries"], row["reason"]) == (2, "timeout")


def test_the_leases_of_a_killed_run_fall_due_again_at_once(ledger: Ledger, tmp_path: Path) -> None:
    ledger.announce("job", works("http://a.example/1", "http://a.example/2"))
    program = (
        "import sys, time\n"
        "from crawler.ledger import Ledger\n"
        "ledger = Ledger(sys.argv[1])\n"
        "print(len(ledger.lease(ledger.start_run('job'), 'job', 10)), flush=True)\n"
        "time.sleep(60)\n"
    )
    location = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    holder = subprocess.Popen([sys.executable, "-c", program, location], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "2\n"
    mine = ledger.start_run("job")
    assert ledger.lease(mine, "job", 10) == [], "the holder is alive"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert ledger.heartbeat(mine) == 2
    assert len(ledger.lease(mine, "job", 10)) == 2


def test_a_run_without_heartbeat_loses_its_leases(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", lease_seconds=-1)
    ledger.announce("job", works("http://a.example/1"))
    (lease,) = ledger.lease(ledger.start_run("job"), "job", 1)
    run = ledger.start_run("job")
    (again,) = ledger.lease(run, "job", 1)
    assert not ledger.settle(lease, "archived")
    assert ledger.settle(again, "archived")
    ledger.close()


def test_a_run_that_ends_gives_back_what_it_holds(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    ledger.lease(run, "job", 1)
    ledger.end_run(run, "shutdown")
    assert ledger.count_by_state("job") == {"pending": 1}


def test_a_url_may_be_the_work_of_two_jobs_each_with_its_own_priority(ledger: Ledger) -> None:
    ledger.announce("one", works("http://a.example/1"))
    run, other = ledger.start_run("two"), ledger.start_run("one")
    assert ledger.lease(run, "two", 5) == []
    ledger.announce("two", works("http://a.example/1", priority=7.0))
    (lease,) = ledger.lease(run, "two", 5)
    assert lease.work.priority == 7.0
    assert ledger.lease(other, "one", 5) == [], "nobody fetches it twice at a time"
    ledger.release(lease)
    (lease,) = ledger.lease(other, "one", 5)
    assert lease.work.priority == 0.0


def test_one_host_does_not_take_all_leases(ledger: Ledger) -> None:
    urls = [f"http://{host}.example/{number}" for host in "ab" for number in range(5)]
    ledger.announce("job", works(*urls, priority=2.0))
    ledger.announce("job", works("http://c.example/1", priority=1.0))
    run = ledger.start_run("job")
    first = ledger.lease(run, "job", 10, per_host=2)
    assert [lease.work.url[7] for lease in first] == ["a", "a", "b", "b", "c"]
    assert ledger.lease(run, "job", 10, per_host=2) == []
    ledger.settle(first[0], "archived")
    assert [lease.work.url for lease in ledger.lease(run, "job", 10, per_host=2)] == ["http://a.example/2"]


def test_one_url_can_be_leased_by_name(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1", "http://a.example/2"))
    run = ledger.start_run("job")
    (lease,) = ledger.lease(run, "job", 1, url="https://a.example/2#top")
    assert lease.work.url == "http://a.example/2"
    assert ledger.lease(run, "job", 1, url="http://a.example/2") == []


def test_a_sleeper_taken_for_dead_is_alive_again_and_can_die_later(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}", lease_seconds=-1)
    ledger.announce("job", works("http://a.example/1"))
    sleeper = ledger.start_run("job")
    ledger.start_run("job")  # takes the sleeper for dead
    ledger.heartbeat(sleeper)
    assert len(ledger.lease(sleeper, "job", 1)) == 1
    other = ledger.start_run("job")
    assert len(ledger.lease(other, "job", 1)) == 1
    ledger.close()


def test_a_dead_run_with_our_process_number_is_dead(ledger: Ledger, tmp_path: Path) -> None:
    """As after a container was started again, where every process is number 1."""
    ledger.announce("job", works("http://a.example/1"))
    ledger.lease(ledger.start_run("job"), "job", 1)
    ledger_module._runs_of_this_process.clear()
    assert len(ledger.lease(ledger.start_run("job"), "job", 1)) == 1


def test_an_unreadable_ledger_is_named(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"this is no database at all, but long enough to be looked at" * 20)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        Ledger(f"sqlite:///{place}")


def test_another_schema_version_is_named(tmp_path: Path) -> None:
    import sqlite3

    with sqlite3.connect(tmp_path / "l.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="version 99"):
        Ledger(f"sqlite:///{tmp_path / 'l.sqlite'}")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["announce", "lease", "settle", "fail", "release", "die"]), st.integers(0, 7)
        ),
        max_size=40,
    )
)
def test_announced_is_always_settled_plus_pending(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'l.sqlite'}")
    run, held, announced, settled = ledger.start_run("job"), [], set(), {}
    for step, number in steps:
        if step == "announce":
            announced.add(ledger.announce("job", works(f"http://a.example/{number}"))[0].key)
        elif step == "lease":
            held += ledger.lease(run, "job", number)
        elif step == "die":
            ledger.end_run(run, "shutdown")
            run, held = ledger.start_run("job"), []
        elif held:
            lease = held.pop(number % len(held))
            if step == "settle" and ledger.settle(lease, "archived"):
                assert lease.key not in settled
                settled[lease.key] = True
            elif step == "fail":
                ledger.fail(lease, "timeout", tries_allowed=99, retry_seconds=-1)
            elif step == "release":
                ledger.release(lease)
    counts = ledger.count_by_state()
    assert sum(counts.values()) == len(announced)
    assert counts.get("archived", 0) == len(settled)
    assert counts.get("leased", 0) == len(held)
    ledger.close()
