from datetime import UTC, datetime, timedelta

import pytest

from archive.clock import now
from archive.errors import LedgerError, UsageError
from crawler.ledger import Ledger
from crawler.ledger_records import OUTCOMES, Evidence, Outcome, Poll, PollAnswer, Work
from crawler.ledger_report import account
from tests.crawler.ledger_samples import page, write

OLD = datetime(2026, 3, 1, 12, tzinfo=UTC)


def settle_some(ledger: Ledger) -> None:
    """Ten URLs of two sources and none: each outcome once, one leased, one pending, one checked."""
    works = [Work(url=f"http://a.example/{n}", source="tagblatt") for n in range(8)]
    works += [Work(url="http://b.example/8", source="courier"), Work(url="http://c.example/9")]
    ledger.announce("job", works)
    run = ledger.start_run("job")
    leases = sorted(ledger.take(run, "job", 9).leases, key=lambda lease: lease.id)
    reasons: dict[Outcome, str] = {
        "archived": "",
        "duplicate": "same text as http://b.example/1",
        "robots": "",
        "wall": "login_wall",
        "not_article": "index_page",
        "gone": "http_410",
        "error": "http_503",
    }
    for lease, (outcome, reason) in zip(leases, reasons.items(), strict=False):
        ledger.settle(lease, outcome, reason=reason, evidence=Evidence(due_at=now()))
    (check,) = (lease for lease in ledger.take(run, "job", 9).leases if lease.check)
    ledger.checked(check, "revised")


def test_every_url_is_accounted_for(ledger: Ledger) -> None:
    settle_some(ledger)
    with ledger.connection() as reading:
        found = account(reading).to_dict()
    assert (found["announced"], found["settled"], found["pending"]) == (10, 7, 3)
    assert found["by_state"] == dict.fromkeys(OUTCOMES, 1) | {"pending": 3}
    assert found["by_reason"] == {
        "robots": {"robots_txt": 1},
        "wall": {"login_wall": 1},
        "not_article": {"index_page": 1},
        "gone": {"http_410": 1},
        "error": {"http_503": 1},
    }
    assert found["last_check"] == {"unchanged": 0, "revised": 1, "gone": 0, "error": 0}
    sources = found["by_source"]
    assert list(sources) == ["", "courier", "tagblatt"]
    for name, announced, pending in (("", 1, 1), ("courier", 1, 1), ("tagblatt", 8, 1)):
        assert (sources[name]["announced"], sources[name]["pending"]) == (announced, pending)
        assert sum(sources[name]["by_state"].values()) == announced
    assert found["oldest_pending"] == min(source["oldest_pending"] for source in sources.values())


def test_a_part_of_the_account(location: str, ledger: Ledger) -> None:
    write(location, [page("tagblatt", n, OLD + n * timedelta(days=1)) for n in range(4)])
    settle_some(ledger)
    with ledger.connection() as reading:
        late = account(reading, since=OLD + timedelta(days=2), source="tagblatt")
        assert (late.total.announced, list(late.by_source)) == (10, ["tagblatt"])
        assert account(reading, since=now() + timedelta(days=1)).total.announced == 0
        with pytest.raises(UsageError, match="the ledger knows no source 'tagblat'"):
            account(reading, source="tagblat")


def test_lists_stand_with_their_source_and_their_last_answer(ledger: Ledger) -> None:
    run = ledger.start_run("job")
    poll = Poll(url="http://a.example/feed", kind="feed", source="tagblatt")
    robots = Poll(url="http://a.example/robots.txt", kind="robots", source="tagblatt")
    for job, failures in (("old", 3), ("new", 4)):
        for taken in ledger.take_polls(run, job, [poll, robots]).polls:
            answer = PollAnswer(status=500, interval=600, due_at=now(), failures=failures)
            ledger.note_poll(run, job, taken, answer, leaving={})
    with ledger.connection() as reading:
        (found,) = account(reading).to_dict()["by_source"]["tagblatt"]["lists"]
    assert (found["url"], found["status"], found["failures"]) == ("http://a.example/feed", 500, 4)


def test_a_sum_that_is_wrong_is_an_error(location: str, ledger: Ledger) -> None:
    write(location, [page("tagblatt", 1, OLD, state="lost"), page("tagblatt", 2, OLD)])
    with (
        ledger.connection() as reading,
        pytest.raises(LedgerError, match="2 announced, but archived 1, lost 1"),
    ):
        account(reading)
