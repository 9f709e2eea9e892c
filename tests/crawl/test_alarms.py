"""A day of twenty outlets on loopback, three of them with a fault: the alarms tell these and nothing else."""

import html
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from archive import clock
from crawler.ledger import Ledger
from crawler.ledger_alarms import Limits, alarms
from crawler.ledger_report import account
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import Run, run
from tests.crawler.ledger_samples import page, write

HOUR = timedelta(hours=1)
DAY = datetime(2026, 3, 31, tzinfo=UTC)
"""The day of the test, a Tuesday; the history begins five weeks before."""
HISTORY = timedelta(weeks=5)
FEED_LENGTH = 40
PARAGRAPHS = 6
LENGTH = 1500
"""Characters of a page's text, about."""

Rhythm = Callable[[datetime], bool]
RHYTHMS: dict[str, Rhythm] = {
    "immer": lambda hour: True,
    "alle": lambda hour: hour.hour % 3 == 0,
    "tag": lambda hour: hour.hour in (6, 10, 14, 18),
    "werktag": lambda hour: hour.weekday() < 5 and hour.hour in (9, 13, 17),
    "selten": lambda hour: hour.hour == 7,
}
"""Whether an outlet publishes in this hour."""
COUNTS = {"immer": 3, "alle": 2, "tag": 3, "werktag": 6, "selten": 6}
SILENT, BROKEN, FAILING = "immer0", "immer1", "immer2"
EXPECTED = {
    (SILENT, "silent", "announced"),
    (BROKEN, "drift", "author"),
    (BROKEN, "drift", "date"),
    (BROKEN, "drift", "text"),
    (FAILING, "errors", "errors"),
}


@dataclass
class Outlet:
    """One site: its pages are numbered in the order in which they were published."""

    name: str
    times: list[datetime]

    def answer(self, target: str, moment: datetime) -> ProxyResponse:
        if target == "/feed.xml":
            return self.feed(moment)
        number = int(target.rpartition("/")[2]) if target.startswith("/alt/") else -1
        if not 0 <= number < len(self.times) or self.times[number] > moment:
            return ProxyResponse(status=404)
        if self.name == FAILING and self.times[number] >= DAY:
            return ProxyResponse(status=500)
        return self.page(number)

    def feed(self, moment: datetime) -> ProxyResponse:
        shown = [number for number, time in enumerate(self.times) if time <= moment][-FEED_LENGTH:]
        items = "".join(
            f"<item><title>Bericht {n} von {self.name}</title><link>http://{self.name}.example/alt/{n}</link>"
            f"<pubDate>{format_datetime(self.times[n])}</pubDate></item>"
            for n in reversed(shown)
        )
        body = f'<rss version="2.0"><channel><title>{self.name}</title>{items}</channel></rss>'
        return ProxyResponse(headers={"Content-Type": "application/rss+xml"}, body=body.encode())

    def page(self, number: int) -> ProxyResponse:
        """Its markup says who wrote it and when; not so the new layout of one outlet, with little text."""
        new_layout = self.name == BROKEN and self.times[number] >= DAY
        title = f"Bericht {number} von {self.name}"
        facts = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": title,
            "datePublished": self.times[number].isoformat(),
            "author": {"@type": "Person", "name": "Mara Feldkamp"},
        }
        markup = "" if new_layout else f'<script type="application/ld+json">{json.dumps(facts)}</script>'
        text = "".join(
            f"<p>{html.escape(paragraph(f'{self.name}x{number}x{n}'))}</p>"
            for n in range(2 if new_layout else PARAGRAPHS)
        )
        body = (
            f"<html lang=de><head><title>{title}</title>{markup}"
            f'<meta property="og:image" content="http://{self.name}.example/{number}.jpg"></head>'
            f"<body><article><h1>{title}</h1>{text}</article></body></html>"
        )
        return ProxyResponse(headers={"Content-Type": "text/html; charset=utf-8"}, body=body.encode())


def paragraph(word: str) -> str:
    return (
        f"Das Schiff {word} liegt seit dem Morgen im Hafen von {word}stadt, sagte eine Sprecherin. "
        f"Die Ladung aus {word}land werde noch geprüft, bevor die Mannschaft von Bord gehen darf, hieß es."
    )


@dataclass
class Web:
    """The outlets at a moment that the test sets."""

    outlets: dict[str, Outlet]
    moment: datetime = DAY

    def __call__(self, request: ProxyRequest) -> ProxyResponse | None:
        outlet = self.outlets.get(request.host.removesuffix(".example"))
        return outlet.answer(request.target, self.moment) if outlet else None


def outlets() -> Iterator[Outlet]:
    for rhythm, count in COUNTS.items():
        for number in range(count):
            name = f"{rhythm}{number}"
            hours = (DAY - HISTORY + index * HOUR for index in range(int((HISTORY + 24 * HOUR) / HOUR)))
            times = [hour + timedelta(minutes=number) for hour in hours if RHYTHMS[rhythm](hour)]
            yield Outlet(name, [time for time in times if name != SILENT or time < DAY])


@pytest.fixture
def web() -> Web:
    return Web({outlet.name: outlet for outlet in outlets()})


@pytest.fixture
def state(tmp_path: Path, web: Web) -> Path:
    """A state folder whose ledger holds the weeks before, and the file of the sources."""
    rows = [
        page(outlet.name, number, time, length=LENGTH)
        for outlet in web.outlets.values()
        for number, time in enumerate(outlet.times)
        if time < DAY
    ]
    write(f"sqlite:///{tmp_path / 'ledger.sqlite'}", rows)
    sources = "".join(
        f"- name: {name}\n  publisher: {name}\n  country: DE\n  languages: [de]\n"
        f"  feeds: [http://{name}.example/feed.xml]\n"
        for name in web.outlets
    )
    (tmp_path / "sources.yml").write_text("sources:\n" + sources, encoding="utf-8")
    return tmp_path


def at(moment: datetime) -> dict[str, str]:
    """The environment of a command that believes it is then."""
    return {"STORYTRAIL_CLOCK_OFFSET": str((moment - datetime.now(UTC)).total_seconds())}


def crawl(state: Path, web: Web, proxy: str, moment: datetime, *settings: str) -> Run:
    """Read the feeds and what they announce, as it is at that moment."""
    web.moment = moment
    fixed = ("DOWNLOAD_DELAY=0", "RECHECK_LADDER=", "MAX_FAILED_SHARE=1", "RETRY_TIMES=0")
    given = [part for setting in (*fixed, *settings) for part in ("-s", setting)]
    return run(
        state, "crawl", "feeds", "-a", f"sources={state / 'sources.yml'}", *given, proxy=proxy, **at(moment)
    )


def ringing(state: Path, moment: datetime) -> set[tuple[str, str, str]]:
    """The alarms at that moment."""
    ledger = Ledger(f"sqlite:///{state / 'ledger.sqlite'}")
    with pytest.MonkeyPatch.context() as patch, ledger.connection() as reading:
        patch.setattr(clock, "_OFFSET", moment - datetime.now(UTC))
        found = alarms(reading, Limits())
    ledger.close()
    return {(alarm.source, alarm.kind, alarm.what) for alarm in found}


def test_the_day_at_its_end(state: Path, web: Web) -> None:
    evening = DAY + 23 * HOUR + timedelta(minutes=30)
    with LoopbackWeb(web) as loopback:
        done = crawl(state, web, loopback.proxy_url, evening, "ERROR_TRIES=1")
    assert done.returncode == 0, done.stderr
    assert ringing(state, evening) == EXPECTED
    said = run(state, "ledger", "alarms", "--json", **at(evening))
    assert said.returncode == 1
    assert {alarm["source"] for alarm in json.loads(said.stdout)["alarms"]} == {SILENT, BROKEN, FAILING}
    published = sum(sum(time >= DAY for time in outlet.times) for outlet in web.outlets.values())
    ledger = Ledger(f"sqlite:///{state / 'ledger.sqlite'}")
    with ledger.connection() as reading:
        found = account(reading, since=evening - HOUR).to_dict()
    ledger.close()
    assert (found["announced"], found["settled"], found["pending"]) == (published, published, 0)
    assert found["by_source"][FAILING]["by_reason"] == {"error": {"http_500": 24}}


@pytest.mark.long
def test_the_day_hour_by_hour(state: Path, web: Web) -> None:
    told: dict[tuple[str, str, str], int] = {}
    with LoopbackWeb(web) as loopback:
        for number in range(24):
            moment = DAY + number * HOUR + timedelta(minutes=30)
            done = crawl(state, web, loopback.proxy_url, moment)
            assert "Traceback" not in done.stderr, done.stderr
            found = ringing(state, moment)
            assert found <= EXPECTED, f"at {moment:%H:%M}"
            for alarm in found:
                told.setdefault(alarm, number)
    assert set(told) == EXPECTED, told
