import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import clock
from archive.article import RawPage
from archive.clock import now
from archive.errors import LedgerError
from crawler import ledger_leasing, ledger_runs, ledger_tables
from crawler.ledger import Ledger
from crawler.ledger_records import Evidence, Lease, Poll, PollAnswer, Validators, Work


@pytest.fixture
def hasty(location: str) -> Iterator[Ledger]:
    """One for which every other run is dead."""
    book = Ledger(location, lease_seconds=-1)
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
    (lease,) = ledger.take(run, "job", 10).leases
    assert (lease.work.url, lease.work.headline, lease.work.date_published) == (first.url, "H", when)
    assert lease.work.depth == 0, "found again in a list"
    assert ledger.count_by_state() == {"leased": 1}


def test_the_likeliest_come_first_and_each_once(ledger: Ledger) -> None:
    for number in range(10):
        url = f"http://{'abc'[number % 3]}.example/{number}"
        ledger.announce("job", works(url, priority=float(number % 5)))
    run = ledger.start_run("job")
    taken = [lease for limit in (4, 4, 4) for lease in ledger.take(run, "job", limit).leases]
    assert [lease.work.priority for lease in taken] == [4, 4, 3, 3, 2, 2, 1, 1, 0, 0]
    assert len({lease.key for lease in taken}) == 10


def test_settling_is_final_and_needs_the_attempt(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    (stale,) = ledger.take(run, "job", 1).leases
    assert ledger.release(stale)
    (lease,) = ledger.take(run, "job", 1).leases
    assert not ledger.settle(stale, "gone"), "the lease is another's now"
    raw = RawPage(file="f.warc.gz", offset=3, sha256="ab")
    assert ledger.settle(lease, "archived", evidence=Evidence(article_id="id", raw=raw))
    assert not ledger.settle(lease, "gone")
    (row,) = ledger.rows()
    found = (row["state"], row["article_id"], row["warc_file"], row["warc_offset"], row["warc_sha256"])
    assert found == ("archived", "id", "f.warc.gz", 3, "ab")
    (known,) = ledger.announce("other", works("http://a.example/1"))
    assert (known.state, known.article_id) == ("archived", "id")
    assert ledger.archived_of("job") == ledger.archived_of("other") == ["id"]
    assert ledger.archived_of("third") == []
    assert ledger.take(run, "other", 1).leases == ()


def test_a_passing_failure_waits_and_the_last_one_settles(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    (lease,) = ledger.take(run, "job", 1).leases
    ledger.fail(lease, "http_503", tries_allowed=2, retry_seconds=3600)
    assert ledger.take(run, "job", 1).leases == (), "not due yet"
    assert ledger.count_by_state() == {"pending": 1}
    ledger.announce("job", works("http://a.example/2"))
    (lease,) = ledger.take(run, "job", 1).leases
    ledger.fail(lease, "timeout", tries_allowed=2, retry_seconds=-1)
    (lease,) = ledger.take(run, "job", 1).leases
    ledger.fail(lease, "timeout", tries_allowed=2, retry_seconds=-1)
    row = next(row for row in ledger.rows() if row["state"] == "error")
    assert (row["tries"], row["reason"]) == (2, "timeout")


def test_the_leases_of_a_killed_run_fall_due_again_at_once(ledger: Ledger, location: str) -> None:
    ledger.announce("job", works("http://a.example/1", "http://a.example/2"))
    program = (
        "import sys, time\n"
        "from crawler.ledger import Ledger\n"
        "ledger = Ledger(sys.argv[1])\n"
        "print(len(ledger.take(ledger.start_run('job'), 'job', 10).leases), flush=True)\n"
        "time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", program, location], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "2\n"
    mine = ledger.start_run("job")
    assert ledger.take(mine, "job", 10).leases == (), "the holder is alive"
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    holder.stdout.close()
    assert ledger.heartbeat(mine) == 2
    assert len(ledger.take(mine, "job", 10).leases) == 2


def test_a_run_without_heartbeat_loses_its_leases(hasty: Ledger) -> None:
    hasty.announce("job", works("http://a.example/1"))
    (lease,) = hasty.take(hasty.start_run("job"), "job", 1).leases
    run = hasty.start_run("job")
    (again,) = hasty.take(run, "job", 1).leases
    assert not hasty.settle(lease, "archived")
    assert hasty.settle(again, "archived")


def test_a_run_that_ends_gives_back_what_it_holds(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    ledger.take(run, "job", 1)
    ledger.end_run(run, "shutdown")
    assert ledger.count_by_state("job") == {"pending": 1}


def test_a_url_may_be_the_work_of_two_jobs_each_with_its_own_priority(ledger: Ledger) -> None:
    ledger.announce("one", works("http://a.example/1"))
    run, other = ledger.start_run("two"), ledger.start_run("one")
    assert ledger.take(run, "two", 5).leases == ()
    ledger.announce("two", works("http://a.example/1", priority=7.0))
    (lease,) = ledger.take(run, "two", 5).leases
    assert lease.work.priority == 7.0
    assert ledger.take(other, "one", 5).leases == (), "nobody fetches it twice at a time"
    ledger.release(lease, leaving={"a.example": now()})
    (lease,) = ledger.take(other, "one", 5).leases
    assert lease.work.priority == 0.0


def test_one_host_does_not_take_all_leases(ledger: Ledger) -> None:
    urls = [f"http://{host}.example/{number}" for host in "ab" for number in range(5)]
    ledger.announce("job", works(*urls, priority=2.0))
    ledger.announce("job", works("http://c.example/1", priority=1.0))
    run = ledger.start_run("job")
    first = ledger.take(run, "job", 10, per_host=2).leases
    assert [lease.work.url[7] for lease in first] == ["a", "a", "b", "b", "c"]
    assert ledger.take(run, "job", 10, per_host=2).leases == ()
    ledger.settle(first[0], "archived")
    again = ledger.take(run, "job", 10, per_host=2).leases
    assert [lease.work.url for lease in again] == ["http://a.example/2"]


def test_a_run_with_room_left_asks_again_while_its_pages_are_under_way(ledger: Ledger) -> None:
    ledger.announce("job", works("http://slow.example/1", "http://a.example/1", "http://a.example/2"))
    run = ledger.start_run("job")
    assert ledger.take(run, "job", 2, per_host=1).more_at is None, "no room is left"
    other = ledger.start_run("job")
    ledger.announce("job", works("http://b.example/1"))
    taken = ledger.take(other, "job", 5)
    assert [lease.host for lease in taken.leases] == ["b.example"]
    assert taken.more_at is not None, "a.example has work, and may be free before b.example has answered"


def test_a_host_is_one_runs_until_it_leaves_and_has_rested(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1", "http://a.example/2", "http://b.example/1"))
    one, two = ledger.start_run("job"), ledger.start_run("job")
    (first,) = ledger.take(one, "job", 1).leases
    (other,) = ledger.take(two, "job", 5).leases
    assert (first.host, other.host) == ("a.example", "b.example")
    busy = ledger.take(two, "job", 5)
    assert busy.leases == ()
    assert busy.more_at is not None, "the other run's host may be free later"
    assert ledger.take_host(two, "a.example") is None, "nor by a redirect"
    rested = now() + timedelta(seconds=60)
    ledger.settle(first, "archived", leaving={"a.example": rested})
    assert ledger.take(two, "job", 5).more_at == rested
    assert ledger.take_host(two, "a.example") == rested
    ledger.leave(two, {"a.example": now()})
    assert [lease.work.url for lease in ledger.take(two, "job", 5).leases] == ["http://a.example/2"]
    assert ledger.take(one, "job", 5).more_at is None, "all is leased"


def test_a_dead_runs_host_rests_before_another_has_it(hasty: Ledger) -> None:
    hasty.announce("job", works("http://a.example/1"))
    hasty.take(hasty.start_run("job"), "job", 1, delay=lambda _: 50.0)
    before = now()
    taken = hasty.take(hasty.start_run("job"), "job", 1)
    assert taken.more_at is not None
    assert timedelta(seconds=49) < taken.more_at - before < timedelta(seconds=52)


def test_one_url_can_be_leased_by_name(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1", "http://a.example/2"))
    run = ledger.start_run("job")
    lease = ledger.take_url(run, "job", "https://a.example/2#top")
    assert lease is not None
    assert lease.work.url == "http://a.example/2"
    assert ledger.take_url(run, "job", "http://a.example/2") is None


def test_a_url_leased_by_name_is_no_other_runs(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.announce("job", works("http://a.example/1"))
    one, two = ledger.start_run("job"), ledger.start_run("job")
    looked, lease = threading.Event(), ledger_leasing._lease

    def slowly(connection: sa.Connection, run: str, rows: Sequence[sa.Row[Any]]) -> list[Lease]:
        if run == one:
            looked.set()
            time.sleep(0.3)
        return lease(connection, run, rows)

    monkeypatch.setattr(ledger_leasing, "_lease", slowly)
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(ledger.take, one, "job", 5)
        looked.wait()
        assert ledger.take_url(two, "job", "http://a.example/1") is None
        (held,) = taken.result().leases
    assert ledger.settle(held, "archived")


def test_an_archived_page_is_checked_when_it_is_due_and_stays_archived(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    run = ledger.start_run("job")
    (lease,) = ledger.take(run, "job", 1).leases
    assert not lease.check
    validators, raw = Validators(etag='"1"'), RawPage(file="f", offset=1, sha256="ab")
    past, future = now() - timedelta(seconds=1), now() + timedelta(hours=1)
    left = Evidence(article_id="id", raw=raw, validators=validators, due_at=past)
    ledger.settle(lease, "archived", evidence=left)
    assert ledger.take(run, "other", 1).leases == (), "no work of that job"
    (check,) = ledger.take(run, "job", 1).leases
    assert (check.check, check.raw, check.validators, check.article_id) == (True, raw, validators, "id")
    assert ledger.count_by_state() == {"archived": 1}
    assert ledger.take(run, "job", 1).leases == ()
    assert ledger.release(check)
    (check,) = ledger.take(run, "job", 1).leases
    assert ledger.checked(check, "unchanged", evidence=Evidence(due_at=past))
    (check,) = ledger.take(run, "job", 1).leases
    assert ledger.fail(check, "timeout", tries_allowed=1, retry_seconds=1, then_due_at=future)
    assert ledger.take(run, "job", 1).leases == (), "not due"
    (row,) = ledger.rows()
    assert (row["state"], row["last_check"], row["checks"], row["tries"]) == ("archived", "error", 2, 0)
    assert row["warc_sha256"] == "ab", "what a check does not bring stays"


def test_a_list_is_read_by_one_run_when_it_is_due(ledger: Ledger) -> None:
    feed = Poll(url="http://a.example/feed", kind="feed", source="a")
    one, two = ledger.start_run("job"), ledger.start_run("job")
    (poll,) = ledger.take_polls(one, "job", [feed]).polls
    assert ledger.take_polls(two, "job", [feed]).waiting == (feed,), "another is reading it"
    answer = PollAnswer(
        status=200, announced=3, new=2, validators=Validators(etag="x"), interval=900.0, due_at=now()
    )
    ledger.note_poll(one, "job", poll, answer, leaving={"a.example": now()})
    (poll,) = ledger.take_polls(two, "job", [feed]).polls
    assert (poll.validators.etag, poll.interval) == ("x", 900.0)
    later = PollAnswer(status=304, interval=900.0, due_at=now() + timedelta(hours=1))
    ledger.note_poll(two, "job", poll, later, leaving={"a.example": now()})
    assert ledger.take_polls(one, "job", [feed]).not_due == (feed,)
    assert len(ledger.take_polls(one, "another job", [feed]).polls) == 1


def test_lists_that_others_named_are_known_while_they_have_news(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Poll(url="http://a.example/index.xml", kind="sitemap", source="a")
    unread, read, live = (
        Poll(url=f"http://a.example/{name}.xml", kind="sitemap", source="a", depth=1)
        for name in ("unread", "read", "live")
    )
    run = ledger.start_run("job")
    ledger.take_polls(run, "job", [index])
    answer = PollAnswer(status=200, interval=600.0, due_at=now())
    ledger.note_poll(run, "job", index, answer, children=[unread, read, live])
    ledger.note_poll(run, "job", read, answer)
    ledger.note_poll(run, "job", live, replace(answer, new=1))
    assert {poll.url for poll in ledger.known_children("job")} == {unread.url, live.url}
    monkeypatch.setattr(clock, "_OFFSET", timedelta(days=8))
    assert [poll.url for poll in ledger.known_children("job")] == [unread.url]


def test_a_list_waits_for_its_host(ledger: Ledger) -> None:
    ledger.announce("job", works("http://a.example/1"))
    one, two = ledger.start_run("job"), ledger.start_run("job")
    ledger.take(one, "job", 1)
    feed = Poll(url="http://a.example/feed", kind="feed", source="a")
    taken = ledger.take_polls(two, "job", [feed])
    assert (taken.polls, taken.waiting) == ((), (feed,))
    assert taken.more_at is not None
    assert len(ledger.take_polls(one, "job", [feed]).polls) == 1, "its own host"


def test_a_sleeper_taken_for_dead_is_alive_again_and_can_die_later(hasty: Ledger) -> None:
    hasty.announce("job", works("http://a.example/1"))
    sleeper = hasty.start_run("job")
    hasty.start_run("job")  # takes the sleeper for dead
    hasty.heartbeat(sleeper)
    assert len(hasty.take(sleeper, "job", 1).leases) == 1
    other = hasty.start_run("job")
    assert len(hasty.take(other, "job", 1).leases) == 1


def test_a_dead_run_with_our_process_number_is_dead(ledger: Ledger) -> None:
    """As after a container was started again, where every process is number 1."""
    ledger.announce("job", works("http://a.example/1"))
    ledger.take(ledger.start_run("job"), "job", 1)
    ledger_runs._runs_of_this_process.clear()
    assert len(ledger.take(ledger.start_run("job"), "job", 1).leases) == 1


def test_many_writers_announce_the_same_at_once(ledger: Ledger) -> None:
    """On PostgreSQL they could wait for each other for ever if each wrote in an order of its own."""
    urls = [f"http://{number % 20}.example/{number}" for number in range(300)]
    orders = [urls, urls[::-1], urls[150:] + urls[:150], urls[::3] + urls[1::3] + urls[2::3]]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda order: ledger.announce("job", works(*order)), orders))
    assert sum(known.state == "new" for answer in answers for known in answer) == 300
    assert ledger.count_by_state("job") == {"pending": 300}


def test_an_unreadable_ledger_is_named(tmp_path: Path) -> None:
    place = tmp_path / "ledger.sqlite"
    place.write_bytes(b"this is no database at all, but long enough to be looked at" * 20)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"):
        Ledger(f"sqlite:///{place}")


def test_another_schema_version_is_named(location: str) -> None:
    Ledger(location).close()
    engine = sa.create_engine(location)
    with engine.begin() as connection:
        connection.execute(ledger_tables.version.update().values(version=99))
    engine.dispose()
    with pytest.raises(LedgerError, match="version 99"):
        Ledger(location)


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://user:secret@h/d",
        "postgresql://u:secret@127.0.0.1:1/d",
        "postgresql://u:secret@h:x/d",
    ],
)
def test_a_wrong_address_is_one_line_without_its_password(url: str) -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger(url, timeout=1)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


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
    run, announced, settled = ledger.start_run("job"), set(), {}
    held: list[Lease] = []
    for step, number in steps:
        if step == "announce":
            announced.add(ledger.announce("job", works(f"http://a.example/{number}"))[0].key)
        elif step == "lease":
            held += ledger.take(run, "job", number).leases
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
