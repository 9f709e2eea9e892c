"""Real pages under their own host names, through feeds and sitemaps: every one is accounted for.

The pages belong to their publishers and are not part of the project (`../shared/extraction`).
"""

import gzip
import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import pytest
import yaml

from archive.url import ledger_key, normalize
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import ROOT, Run, archived, ledger_rows, run

PAGES = ROOT / "../shared/extraction/pages.jsonl"
NO_ARTICLES = {"consent_wall", "bot_wall", "login_wall", "index_page", "soft_404"}
"""Reasons of pages that are walls, indexes or error pages."""

pytestmark = pytest.mark.skipif(not PAGES.exists(), reason="../shared/extraction is not there")


@dataclass(frozen=True, slots=True)
class Saved:
    identity: str
    url: str
    body: bytes
    encoding: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def target(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def saved_pages(number: int | None) -> list[Saved]:
    """Pages of distinct files and addresses, evenly over the sets; None: all."""
    found: dict[str, Saved] = {}
    addresses: set[str] = set()
    for line in PAGES.read_text(encoding="utf-8").split("\n"):
        record: dict[str, Any] = json.loads(line) if line else {}
        if not record.get("url") or not record["url"].startswith("http"):
            continue
        body = gzip.decompress((PAGES.parent / record["html"]).read_bytes())
        url = "http:" + normalize(record["url"]).partition(":")[2]
        digest = hashlib.sha256(body).hexdigest()
        if digest in found or ledger_key(url) in addresses or urlsplit(url).port:
            continue
        addresses.add(ledger_key(url))
        found[digest] = Saved(record["id"], url, body, record.get("encoding") or "utf-8")
    pages = sorted(found.values(), key=lambda page: page.identity)
    step = max(1, len(pages) // number) if number else 1
    return pages[::step]


class SavedWeb:
    """Serves saved pages; half of the hosts name theirs in a feed, half in a sitemap."""

    def __init__(self, pages: list[Saved]) -> None:
        self.pages = {(page.host, page.target): page for page in pages}
        self.hosts = sorted({page.host for page in pages})

    def respond(self, request: ProxyRequest) -> ProxyResponse:
        if request.target == "/the-list-of-this-test":
            return self._list(request.host)
        page = self.pages.get((request.host, request.target))
        if page is None:
            return ProxyResponse(status=404)
        return ProxyResponse(headers={"Content-Type": f"text/html; charset={page.encoding}"}, body=page.body)

    def _list(self, host: str) -> ProxyResponse:
        urls = [page.url for page in self.pages.values() if page.host == host]
        if self._by_feed(host):
            items = "".join(f"<item><link>{escape(url)}</link></item>" for url in urls)
            body = f'<rss version="2.0"><channel><title>{host}</title>{items}</channel></rss>'
        else:
            items = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
            body = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{items}</urlset>'
        return ProxyResponse(headers={"Content-Type": "application/xml"}, body=body.encode())

    def _by_feed(self, host: str) -> bool:
        return self.hosts.index(host) % 2 == 0

    def sources(self) -> str:
        """A sources file for all hosts."""
        entries = [
            {
                "name": host,
                "publisher": host,
                "country": "DE",
                "languages": ["en"],
                "feeds" if self._by_feed(host) else "sitemaps": [f"http://{host}/the-list-of-this-test"],
                "delay": 0,
            }
            for host in self.hosts
        ]
        return yaml.safe_dump({"sources": entries})


@pytest.fixture(
    scope="module",
    params=[150, pytest.param(None, marks=pytest.mark.long)],
    ids=["150 pages", "all pages"],
)
def crawled(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Saved], list[Run]]:
    state = tmp_path_factory.mktemp("real")
    pages = saved_pages(request.param)
    web = SavedWeb(pages)
    (state / "sources.yml").write_text(web.sources(), encoding="utf-8")
    with LoopbackWeb(web.respond) as proxy:
        runs = [
            run(state, "crawl", spider, "-a", f"sources={state / 'sources.yml'}", proxy=proxy.proxy_url)
            for spider in ("feeds", "sitemap")
        ]
    return state, pages, runs


def test_real_pages_are_archived_or_accounted_for(crawled: tuple[Path, list[Saved], list[Run]]) -> None:
    state, pages, runs = crawled
    for done in runs:
        assert done.returncode == 0, done.stderr[-3000:]
        assert "Traceback" not in done.stderr, done.stderr[-3000:]
    assert len(pages) >= 150
    rows = {key: row for row in ledger_rows(state).values() for key in [row["key"]]}
    assert set(rows) == {ledger_key(page.url) for page in pages}, "announced is what the lists named"
    states = Counter(row["state"] for row in rows.values())
    assert sum(states.values()) == len(pages)
    assert not states.keys() & {"pending", "leased"}
    reasons = {
        page.identity: f"{rows[ledger_key(page.url)]['state']}: {rows[ledger_key(page.url)]['reason']}"
        for page in pages
        if rows[ledger_key(page.url)]["state"] != "archived"
    }
    print(json.dumps({"pages": len(pages), "states": states, "others": reasons}, indent=1))
    no_articles = sum(row["reason"] in NO_ARTICLES for row in rows.values())
    duplicates = states["duplicate"]
    assert states["archived"] >= 0.95 * (len(pages) - no_articles - duplicates), reasons
    assert no_articles <= 0.04 * len(pages), (
        f"so many walls and indexes are not among saved articles: {reasons}"
    )
    assert states["error"] == 0, reasons
    assert len(archived(state)) == len({row["article_id"] for row in rows.values() if row["article_id"]})
