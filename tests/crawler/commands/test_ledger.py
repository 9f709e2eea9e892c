"""`scrapy ledger report` and `scrapy ledger alarms`, as a person or cron runs them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import clock
from tests.crawler.commands.test_search import run
from tests.crawler.ledger_samples import feed, page, write

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of five weeks: one outlet as usual, one that has had nothing new for a day and a half."""
    evening = MONDAY + timedelta(weeks=5, hours=20)
    monkeypatch.setattr(clock, "_OFFSET", evening - datetime.now(UTC))
    times = [MONDAY + number * HOUR for number in range(int((evening - MONDAY) / HOUR))]
    pages = [page("tagblatt", number, time) for number, time in enumerate(times)]
    pages[7] |= {"state": "error", "reason": "http_503"}
    pages[8] |= {"state": "wall", "reason": "consent_wall"}
    pages[9] |= {"state": "pending", "settled_at": None, "reason": "download_timeout"}
    pages[10] |= {"last_check": "gone"}
    pages += [page("courier", number, time) for number, time in enumerate(times[:-36])]
    lists = [feed("tagblatt", evening), feed("courier", evening, failures=2, status=503)]
    write(f"sqlite:///{tmp_path / 'ledger.sqlite'}", pages, lists)
    return tmp_path


def test_the_account_as_text(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "ledger", "report") == 0
    heading, *lines = (" ".join(line.split()) for line in capsys.readouterr().out.splitlines())
    assert heading == (
        "source announced archived duplicates robots walls not an article gone errors pending "
        "unchanged revised unpublished oldest pending"
    )
    assert lines.pop() == (
        "Of 1,684 URLs announced by 2 sources between 2026-03-02 00:00 and 2026-04-06 19:00 UTC, "
        "1,681 (99.8 %) were archived, 1 (0.1 %) behind a wall, 1 (0.1 %) errors; 1 pending."
    )
    assert lines == [
        "courier 824 824 0 0 0 0 0 0 0 0 0 0 -",
        "tagblatt 860 857 0 0 1 0 0 1 1 0 0 1 2026-03-02 09:00",
        "total 1,684 1,681 0 0 1 0 0 1 1 0 0 1 2026-03-02 09:00",
        "walls: consent_wall 1",
        "errors: http_503 1",
        "courier: http://courier.example/feed.xml failed 2 times in a row, last with HTTP 503",
        "announced = settled + pending: 1,684 = 1,683 + 1",
    ]


def test_a_part_of_the_account(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "ledger", "report", "--since", "2026-04-06", "--source", "tagblatt", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["announced"], found["settled"], found["pending"]) == (20, 20, 0)
    assert found["by_state"]["archived"] == 20
    assert list(found["by_source"]) == ["tagblatt"]
    assert found["since"] == "2026-04-06T00:00:00+00:00"
    assert run(state, "ledger", "report", "--source", "(no source)") == 2
    assert "the ledger knows no source ''" in capsys.readouterr().err
    assert run(state, "ledger", "report", "--since", "2027") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "No URL was announced."


def test_the_alarms(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "ledger", "alarms") == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("courier: silent: nothing new for 37 hours, usual is news in 37 different hours")
    assert run(state, "ledger", "alarms", "--json") == 1
    (alarm,) = json.loads(capsys.readouterr().out)["alarms"]
    assert (alarm["source"], alarm["kind"], alarm["value"]) == ("courier", "silent", 37.0)
    assert alarm["since"] == "2026-04-05T07:00:00+00:00"
    assert run(state, "ledger", "alarms", "--source", "tagblatt") == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", ""), "cron mails whatever is said"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "say `scrapy ledger report` or `scrapy ledger alarms`"),
        (("reprot",), "say `scrapy ledger report` or `scrapy ledger alarms`"),
        (("report", "--since", "yesterday"), "--since: not a date: 'yesterday'"),
        (("report", "--source", "nobody"), "the ledger knows no source 'nobody'"),
        (("alarms", "--source", "nobody"), "the ledger knows no source 'nobody'"),
        (("report", "--source", ""), "--source is empty"),
        (("alarms", "--since", "2026"), "--since is for `scrapy ledger report`"),
    ],
)
def test_wrong_usage(
    state: Path, args: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(state, "ledger", *args) == 2
    assert capsys.readouterr().err.startswith(f"ledger: {message}")


@pytest.mark.parametrize("what", ["report", "alarms"])
def test_no_ledger_is_one_line_and_makes_none(
    tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "ledger", what) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
