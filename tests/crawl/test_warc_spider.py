"""Foreign WARC files through the whole crawl; and what a crawl keeps, verified and read again."""

import gzip
import os
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import UsageError
from archive.warc import RawStore
from crawler.spiders.warc import WarcSpider
from scripts.loopback_web import LoopbackWeb
from scripts.sample_site import build
from tests.crawl.conftest import ROOT, archived, command, environment, ledger_rows, run
from tests.crawler.commands.test_search import run as execute

FETCHED = "2022-09-20T03:04:05Z"
FORMS = {
    "plain": (lambda body: body, []),
    "compressed": (gzip.compress, [("Content-Encoding", "gzip")]),
    "chunked": (
        lambda body: b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
        [("Transfer-Encoding", "chunked")],
    ),
    "decoded": (lambda body: body, [("Content-Encoding", "gzip"), ("Content-Length", "77")]),
}
"""How the payload may lie in the file; "decoded": under a head that is no longer true."""


def pages_of(manifest: dict[str, Any], number: int) -> dict[str, bytes]:
    """Address and HTML of articles of the sample web."""
    urls = [row["url"] for row in manifest["announced"] if row["expected"] == "archived"]
    answers = build().answers
    return {url: answers[url].body for url in urls[:number]}


def write_warc(path: Path, pages: dict[str, bytes], version: str = "1.0") -> None:
    """A file in the form of Common Crawl's CC-NEWS: each response followed by its request."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz", warc_version=version)
        writer.write_record(writer.create_warcinfo_record(path.name, {"software": "another crawler"}))
        for number, (url, html) in enumerate(pages.items()):
            change, extra = list(FORMS.values())[number % len(FORMS)]
            body = change(html)
            head = StatusAndHeaders(
                "200 OK", [("Content-Type", "text/html; charset=utf-8"), *extra], "HTTP/1.1"
            )
            about = {"WARC-Date": FETCHED, "WARC-IP-Address": "192.0.2.7"}
            response = writer.create_warc_record(
                url, "response", BytesIO(body), len(body), http_headers=head, warc_headers_dict=about
            )
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            writer.write_record(response)
            writer.write_record(writer.create_warc_record(url, "request", http_headers=asked))
        for status, kind in (("404 Not Found", "text/html"), ("200 OK", "image/png")):
            head = StatusAndHeaders(status, [("Content-Type", kind)], "HTTP/1.1")
            url = f"http://other.example/{kind}"
            writer.write_record(
                writer.create_warc_record(url, "response", BytesIO(b"<p>no</p>"), 9, http_headers=head)
            )


def test_foreign_files_are_archived_once_whatever_happens(
    tmp_path: Path, manifest: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    pages = pages_of(manifest, 12)
    half = dict(list(pages.items())[:6])
    write_warc(tmp_path / "a.warc.gz", half)
    write_warc(tmp_path / "b.warc", {url: html for url, html in pages.items() if url not in half}, "1.1")
    (tmp_path / "c.warc.gz").write_bytes((tmp_path / "a.warc.gz").read_bytes()[:-700])
    state = tmp_path / "state"
    args = ("crawl", "warc", "-a", f"files={tmp_path}/*.warc.gz,{tmp_path}/b.warc", "-a", "source=cc-news")

    kill_after(args, state, articles=3)
    before = archived(state)
    assert 3 <= len(before) < 12

    done = run(state, *args)
    assert done.returncode == 1, done.stderr
    assert f"warc: 1 of 3 files: {tmp_path}/c.warc.gz: cannot be read at byte" in done.stderr
    assert "Traceback" not in done.stderr
    articles = archived(state)
    assert set(articles) == set(pages)
    assert before.items() <= articles.items()
    assert Counter(row["state"] for row in ledger_rows(state).values()) == {"archived": 12}
    store = RawStore(state / "raw")
    for url, article in articles.items():
        assert article.raw is not None
        kept = store.read(article.raw)
        assert (kept.url, article.source) == (url, "cc-news")
        assert article.date_fetched == datetime.fromisoformat(FETCHED)
        assert datetime.fromisoformat(kept.date).astimezone(UTC) == article.date_fetched
        assert pages[url] in (kept.body, gzip.decompress(kept.body) if kept.body[:2] == b"\x1f\x8b" else b"")

    assert told(capsys, state, "verify").startswith("verified 12 articles, ")
    assert told(capsys, state, "reextract", "-s", "READ_WORKERS=1") == "written: nothing"


def told(capsys: pytest.CaptureFixture[str], state: Path, *args: str) -> str:
    """The last line of a command that does its job."""
    capsys.readouterr()
    assert execute(state, *args) == 0
    return capsys.readouterr().out.splitlines()[-1]


def kill_after(args: tuple[str, ...], state: Path, articles: int) -> None:
    """Start the crawl, and kill it once so many articles are archived."""
    process = subprocess.Popen(
        command(*args, "-s", "READ_WORKERS=1"),
        cwd=ROOT,
        env=environment(state),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while count_in(state) < articles:
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def count_in(state: Path) -> int:
    """Articles in the archive, asked of its file alone: opening the archive takes time from the crawl."""
    try:
        with closing(sqlite3.connect(f"file:{state}/archive/articles.sqlite?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT COUNT(*) FROM articles").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


@pytest.mark.long
def test_a_crawl_of_the_web_holds_and_reads_the_same_again(
    tmp_path: Path, sample_web: LoopbackWeb, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run(
        tmp_path,
        *("crawl", "feeds", "-a", "sources=seeds/sample-web/sources.yml", "-a", "languages=de,fr"),
        *("-a", "max_requests=6", "-s", "DOWNLOAD_DELAY=0"),
        proxy=sample_web.proxy_url,
    )
    assert done.returncode == 0, done.stderr
    before = archived(tmp_path)
    kinds = {page.url.rpartition("/")[2] for page in RawStore(tmp_path / "raw").iterate()}
    assert "robots.txt" in kinds
    assert len(kinds) > len(before) + 1, "robots.txt and feeds are kept, too"
    assert told(capsys, tmp_path, "verify").endswith(": all hold")
    assert told(capsys, tmp_path, "reextract", "-s", "READ_WORKERS=1") == "written: nothing"
    assert archived(tmp_path) == before


def test_wrong_files_are_named() -> None:
    with pytest.raises(UsageError, match="spider warc needs -a files=FILE"):
        WarcSpider.check({})
    with pytest.raises(UsageError, match=r"no file nowhere/\*\.warc\.gz"):
        WarcSpider(files="nowhere/*.warc.gz").prepare()
