from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler
from warcio.archiveiterator import ArchiveIterator

from archive.article import RawPage
from archive.warc import RawStore
from crawler.middlewares.raw_pages import RawPages

URL = "http://a.example/1"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[RawPages]:
    crawler: Any = get_crawler(Spider, settings_dict={"RAW_PAGES_ENABLED": True})
    crawler._apply_settings()
    store = RawStore(tmp_path)
    yield RawPages(crawler, store)
    store.close()


async def answered(pages: RawPages, status: int, body: bytes = b"", **meta: Any) -> Request:
    """The request after an answer with this status and body."""
    request = Request(URL, meta=meta)
    server = ip_address("192.0.2.7")
    response = Response(URL, status=status, headers={"ETag": '"1"'}, body=body, ip_address=server)
    assert await pages.process_response(request, response) is response
    return request


def written(pages: RawPages) -> list[tuple[str, str, str]]:
    """Type, status line and server of each record."""
    pages._store.close()
    (path,) = pages._store.folder.glob("*.warc.gz")
    with path.open("rb") as file:
        return [
            (
                record.rec_type,
                record.http_headers.statusline,
                record.rec_headers.get_header("WARC-IP-Address", ""),
            )
            for record in ArchiveIterator(file)
            if record.rec_type != "warcinfo"
        ]


async def test_whatever_comes_is_kept_with_its_status_and_server(pages: RawPages) -> None:
    for status in (200, 301, 404, 503, 599):
        request = await answered(pages, status, b"%d" % status)
        assert pages._store.read(request.meta["raw_page"]).body == b"%d" % status
        assert request.meta["raw_revisit"] is False
    lines = ["200 OK", "301 Moved Permanently", "404 Not Found", "503 Service Unavailable", "599"]
    assert written(pages) == [("response", line, "192.0.2.7") for line in lines]


@pytest.mark.parametrize(
    ("status", "body", "line"), [(304, b"", "304 Not Modified"), (200, b"page", "200 OK")]
)
async def test_an_unchanged_page_stays_proved_by_the_first(
    pages: RawPages, status: int, body: bytes, line: str
) -> None:
    first = (await answered(pages, 200, b"page")).meta["raw_page"]
    request = await answered(pages, status, body, raw_known=first)
    assert request.meta["raw_page"] == first
    assert request.meta["raw_revisit"] is True
    assert [kind for kind, _, _ in written(pages)] == ["response", "revisit"]
    assert written(pages)[1] == ("revisit", line, "192.0.2.7")


@pytest.mark.parametrize(("status", "body"), [(200, b"another page"), (404, b"page"), (301, b"")])
async def test_a_changed_page_is_kept_whole(pages: RawPages, status: int, body: bytes) -> None:
    first = (await answered(pages, 200, b"page")).meta["raw_page"]
    request = await answered(pages, status, body, raw_known=first, raw_revisit=True)
    assert pages._store.read(request.meta["raw_page"]).body == body
    assert request.meta["raw_revisit"] is False


async def test_an_earlier_page_that_is_lost_proves_nothing(pages: RawPages) -> None:
    first = (await answered(pages, 200, b"page")).meta["raw_page"]
    lost = RawPage(file="lost.warc.gz", offset=0, sha256=first.sha256)
    request = await answered(pages, 200, b"page", raw_known=lost)
    assert request.meta["raw_page"] not in (first, lost)
    assert request.meta["raw_revisit"] is False


async def test_behind_a_proxy_the_server_is_not_known(pages: RawPages) -> None:
    await answered(pages, 200, b"page", proxy="http://127.0.0.1:1")
    assert written(pages) == [("response", "200 OK", "")]


async def test_a_response_from_elsewhere_keeps_its_date_and_server(pages: RawPages) -> None:
    date = datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC)
    request = await answered(pages, 200, b"page", raw_date=date, raw_ip="198.51.100.1")
    assert pages._store.read(request.meta["raw_page"]).date == "2019-01-02T03:04:05.000000Z"
    assert written(pages) == [("response", "200 OK", "198.51.100.1")]


def test_it_can_be_switched_off() -> None:
    with pytest.raises(NotConfigured):
        RawPages.from_crawler(get_crawler(Spider, settings_dict={"RAW_PAGES_ENABLED": False}))
