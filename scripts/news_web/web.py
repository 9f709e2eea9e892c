"""The outlets of the news web: their pages, feeds and robots.txt, and how each of them behaves."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from scripts.loopback_web import ProxyRequest, ProxyResponse
from scripts.news_web.reports import EDITS, Report, name, paragraph, render, render_index, words

EXPECTED: dict[str, tuple[int, tuple[str, ...]]] = {
    "plain": (81, ("archived",)),
    "charset": (2, ("archived",)),  # names another encoding than its own
    "moved": (2, ("archived",)),  # redirects inside its host
    "moved_away": (2, ("archived",)),  # redirects to another host
    "busy_once": (1, ("archived",)),  # 429 with Retry-After
    "broken_once": (1, ("archived",)),  # 500
    "cut_once": (1, ("archived",)),  # half an answer
    "slow": (1, ("archived",)),
    "twin": (2, ("archived", "duplicate")),  # the text of the one before it
    "gone": (1, ("gone",)),  # 404 or 410
    "closed": (2, ("robots",)),
    "paper": (2, ("not_article",)),  # a PDF
    "broken": (1, ("error",)),  # 500
    "loop": (1, ("error",)),  # redirects to itself
}
"""Kinds of announced addresses: how many of a hundred, and what may become of them."""

REMOVALS = ("404", "410", "front page")
RETRY_AFTER = 1
"""Seconds that a busy page asks for."""
SLOW = 1.5
"""Seconds that a slow page takes."""
BAD_FEEDS = ("html", "404", "500", "cut")
"""What the second feed of every twentieth host is."""
TRACKING = "?utm_source=feed"
"""What every fifth host adds to the addresses in its feed."""

_HTML = {"Content-Type": "text/html; charset=utf-8"}
_RSS = {"Content-Type": "application/rss+xml"}
_ELSEWHERE = "media{}.example"


class NewsWeb:
    """`hosts` outlets that announce `pages` addresses; the same for the same seed, but for the dates.

    Everything was published 4 to 10 hours before it was made: no check falls due for the next two.
    `crawl_delay`: seconds that the robots.txt of every tenth host asks for.
    """

    def __init__(self, *, seed: int, hosts: int, pages: int, crawl_delay: float = 1.0) -> None:
        self._chance = random.Random(seed)
        self._kinds = self._shuffled_kinds()
        self._start = datetime.now(UTC).replace(microsecond=0)
        self._pages: dict[str, Report] = {}
        self._asked: Counter[str] = Counter()
        self._crawl_delay = crawl_delay
        self.hosts = [f"outlet{number}.example" for number in range(hosts)]
        self.reports: list[Report] = []
        """All announced, the oldest first."""
        self.publish(pages)

    # --- The script -----------------------------------------------------------------------------------

    def publish(self, count: int) -> list[Report]:
        """Announce so many more addresses, of all kinds, by all outlets in turn."""
        return [self._publish(len(self.reports)) for _ in range(count)]

    def edit(self, report: Report, kind: str) -> None:
        """Change the article as `EDITS` says."""
        EDITS[kind](report, self._chance)
        report.changed = datetime.now(UTC)

    def remove(self, report: Report, how: str) -> None:
        """Take the article away, in one of `REMOVALS`."""
        report.removed = how

    def _publish(self, number: int) -> Report:
        host, kind = self.hosts[number % len(self.hosts)], next(self._kinds)
        age = timedelta(seconds=self._chance.randint(14_400, 36_000))
        folder = "intern" if kind == "closed" else "world"
        report = Report(
            host=host,
            path=f"/{folder}/{number}-{words(self._chance, 3, 4).lower().replace(' ', '-')}",
            kind=kind,
            headline=words(self._chance, 5, 8),
            author=name(self._chance),
            published=self._start - age,
            changed=self._start - age,
            count=self._chance.randint(200, 9000),
            paragraphs=[paragraph(self._chance) for _ in range(3)],
        )
        self._place(report, number)
        self.reports.append(report)
        return report

    def _place(self, report: Report, number: int) -> None:
        """Its addresses; a twin takes over the text of the host's one before it."""
        self._pages[report.url] = report
        if report.kind == "twin" and (twin := self._twin_of(report)):
            twin.kind = "twin"
            report.paragraphs, report.headline = list(twin.paragraphs), twin.headline
            report.count, report.author = twin.count, twin.author
        if report.kind in ("moved", "moved_away"):
            host = report.host if report.kind == "moved" else _ELSEWHERE.format(number % 7)
            report.target = f"http://{host}/new/{number}"
            self._pages[report.target] = report

    def _twin_of(self, report: Report) -> Report | None:
        return next(
            (one for one in reversed(self.reports) if one.host == report.host and one.kind == "plain"), None
        )

    def _shuffled_kinds(self) -> Iterator[str]:
        hundred = [kind for kind, (share, _) in EXPECTED.items() for _ in range(share)]
        while True:
            self._chance.shuffle(hundred)
            yield from hundred

    # --- The sources of a crawl -----------------------------------------------------------------------

    def sources(self) -> dict[str, Any]:
        """The content of a sources file."""
        return {"sources": [self._source(number) for number in range(len(self.hosts))]}

    def _source(self, number: int) -> dict[str, Any]:
        host = self.hosts[number]
        feeds = [f"http://{host}/feed.xml"]
        if self._bad_feed(number):
            feeds.append(f"http://{host}/other.xml")
        return {
            "name": host.partition(".")[0],
            "publisher": host,
            "country": "GB",
            "languages": ["en"],
            "feeds": feeds,
        }

    def good_feeds(self) -> set[str]:
        """The feeds that can be read."""
        return {f"http://{host}/feed.xml" for host in self.hosts}

    def _bad_feed(self, number: int) -> str:
        return BAD_FEEDS[number // 20 % len(BAD_FEEDS)] if number % 20 == 7 else ""

    def delay_of(self, host: str) -> float:
        """Seconds that the host's robots.txt asks for."""
        return self._crawl_delay if host in self.hosts and self.hosts.index(host) % 10 == 3 else 0

    # --- Answers --------------------------------------------------------------------------------------

    def respond(self, request: ProxyRequest) -> ProxyResponse | None:
        """The answer to one request; None for a host that there is not."""
        is_outlet = request.host in self.hosts
        if not is_outlet and request.host not in {_ELSEWHERE.format(number) for number in range(7)}:
            return None
        path = request.target.partition("?")[0]
        address = f"http://{request.host}{path}"
        self._asked[address] += 1
        if path == "/robots.txt":
            asked = self.delay_of(request.host)
            delay = f"Crawl-delay: {asked}\n" if asked else ""
            text = f"User-agent: *\n{delay}Disallow: /intern/\n"
            return ProxyResponse(headers={"Content-Type": "text/plain"}, body=text.encode())
        if is_outlet and path == "/feed.xml":
            return self._feed(request.host)
        if is_outlet and path == "/other.xml":
            return self._other_feed(request.host)
        if is_outlet and path == "/":
            return _page(render_index(request.host, self._of(request.host)))
        report = self._pages.get(address)
        return self._article(report, address) if report else _nothing(404)

    def _article(self, report: Report, address: str) -> ProxyResponse:
        if report.removed:
            return (
                _redirect(f"http://{report.host}/")
                if report.removed == "front page"
                else _nothing(int(report.removed))
            )
        if fault := self._fault(report, address):
            return fault
        if report.target and address != report.target:
            return _redirect(report.target)
        if report.kind == "paper":
            return ProxyResponse(headers={"Content-Type": "application/pdf"}, body=b"%PDF-1.7 ...")
        return _page(
            render(report),
            changed=report.changed,
            delay=SLOW if report.kind == "slow" else 0.0,
            charset="windows-1252" if report.kind == "charset" else "utf-8",
        )

    def _fault(self, report: Report, address: str) -> ProxyResponse | None:
        """What the address answers in place of its page."""
        first = self._asked[address] == 1
        if report.kind == "gone":
            return _nothing(404 if len(report.path) % 2 else 410)
        if report.kind == "loop":
            return _redirect(address)
        if report.kind == "broken" or (report.kind == "broken_once" and first):
            return _nothing(500)
        if report.kind == "busy_once" and first:
            return ProxyResponse(status=429, headers={"Retry-After": str(RETRY_AFTER)})
        if report.kind == "cut_once" and first:
            return ProxyResponse(headers=_HTML, body=render(report).encode(), cut=True)
        return None

    def _of(self, host: str) -> list[Report]:
        return [report for report in reversed(self.reports) if report.host == host and not report.removed]

    def _feed(self, host: str) -> ProxyResponse:
        tracking = TRACKING if self.hosts.index(host) % 5 == 4 else ""
        reports = self._of(host)
        items = "".join(
            f"<item><title>{escape(report.headline)}</title><link>{report.url}{tracking}</link>"
            f"<pubDate>{format_datetime(report.published)}</pubDate></item>\n"
            for report in reports
        )
        text = (
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'
        )
        changed = max(report.changed for report in reports)
        return ProxyResponse(headers={**_RSS, "Last-Modified": _http_date(changed)}, body=text.encode())

    def _other_feed(self, host: str) -> ProxyResponse:
        kind = self._bad_feed(self.hosts.index(host))
        if kind in ("404", "500"):
            return _nothing(int(kind))
        if kind == "cut":
            return ProxyResponse(headers=_RSS, body=b"<rss><channel>" * 100, cut=True)
        return _page("<!doctype html><p>The feed has moved.</p>")


def host_of(url: str) -> str:
    """The host of an address of this web."""
    return urlsplit(url).netloc


def _page(
    text: str, *, changed: datetime | None = None, delay: float = 0.0, charset: str = "utf-8"
) -> ProxyResponse:
    headers = {"Content-Type": f"text/html; charset={charset}"}
    if changed is not None:
        headers["Last-Modified"] = _http_date(changed)
    return ProxyResponse(headers=headers, body=text.encode(), delay=delay)


def _nothing(status: int) -> ProxyResponse:
    return ProxyResponse(status=status, headers=_HTML, body=b"<!doctype html><p>There is nothing here.</p>")


def _redirect(target: str) -> ProxyResponse:
    return ProxyResponse(status=302, headers={**_HTML, "Location": target})


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
