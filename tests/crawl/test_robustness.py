"""What must not stop a crawl, and what must end it cleanly."""

import os
import sqlite3
import subprocess
import time
from pathlib import Path

from crawler.ledger import Ledger
from crawler.ledger_records import Work
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import ROOT, archived, command, environment, ledger_rows, run
from tests.crawl.test_politeness import page

LONG = "http://a.example/" + "x" * 3000


def site(request: ProxyRequest) -> ProxyResponse:
    """Pages, among them odd ones."""
    if request.target == "/robots.txt":
        return ProxyResponse(status=404)
    if request.target == "/pdf":
        return ProxyResponse(headers={"Content-Type": "application/pdf"}, body=b"%PDF-1.7 ...")
    if request.target == "/loop":
        return ProxyResponse(status=302, headers={"Location": "http://a.example/loop?again"})
    if request.target.startswith("/loop?"):
        return ProxyResponse(status=302, headers={"Location": f"http://a.example{request.target}x"})
    if request.target == "/private":
        return ProxyResponse(status=302, headers={"Location": "http://127.0.0.1:9/"})
    if request.target == "/large":
        return ProxyResponse(headers={"Content-Type": "text/html"}, body=b"<p>large</p>" * 20_000)
    return page(request.target[:40])


def test_odd_pages_settle_each_with_its_reason_and_the_crawl_ends(tmp_path: Path) -> None:
    odd = ["pdf", "loop", "private", "large", "fine"]
    urls = [*(f"http://a.example/{name}" for name in odd), LONG]
    listed = tmp_path / "urls.txt"
    listed.write_text("\n".join(urls), encoding="utf-8")
    quick = ("-s", "DOWNLOAD_DELAY=0", "-s", "DOWNLOAD_MAXSIZE=100000")
    with LoopbackWeb(site) as web:
        done = run(tmp_path, "crawl", "urls", "-a", f"urls_file={listed}", *quick, proxy=web.proxy_url)
    found = {url: (row["state"], row["reason"]) for url, row in ledger_rows(tmp_path).items()}
    assert found == {
        "http://a.example/pdf": ("not_article", "not_html"),
        "http://a.example/loop": ("error", "redirect_loop"),
        "http://a.example/private": ("error", "private_address"),
        "http://a.example/large": ("error", "too_large"),
        "http://a.example/fine": ("archived", ""),
        LONG: ("archived", ""),
    }, done.stderr
    assert "Traceback" not in done.stderr


def test_a_failing_callback_gives_its_url_back_and_the_crawl_ends(tmp_path: Path) -> None:
    (tmp_path / "broken_spider.py").write_text(
        "from crawler.spiders.urls import UrlsSpider\n"
        "class Broken(UrlsSpider):\n"
        "    name = 'broken'\n"
        "    async def consider(self, article, response, depth):\n"
        "        if response.url.endswith('bad'):\n"
        "            raise RuntimeError('planted')\n",
        encoding="utf-8",
    )
    settings = ("-s", "SPIDER_MODULES=broken_spider", "-s", "DOWNLOAD_DELAY=0")
    with LoopbackWeb(site) as web:
        done = run(
            tmp_path,
            *("crawl", "broken", "-a", "urls=http://a.example/good,http://a.example/bad", *settings),
            proxy=web.proxy_url,
            PYTHONPATH=os.pathsep.join([str(ROOT), str(tmp_path)]),
        )
    rows = ledger_rows(tmp_path)
    assert rows["http://a.example/good"]["state"] == "archived", done.stderr
    bad = rows["http://a.example/bad"]
    assert (bad["state"], bad["reason"]) == ("pending", "callback_failed")


def test_a_second_run_with_a_seed_url_fetches_other_pages_as_themselves(tmp_path: Path) -> None:
    sources = tmp_path / "sources.yml"
    sources.write_text(
        "sources:\n  - {name: a, publisher: A, country: DE, languages: [de], delay: 0,"
        " feeds: ['http://a.example/feed']}\n",
        encoding="utf-8",
    )

    def with_feed(request: ProxyRequest) -> ProxyResponse:
        if request.target == "/feed":
            items = "".join(f"<item><link>http://a.example/{n}</link></item>" for n in range(3))
            return ProxyResponse(
                headers={"Content-Type": "application/rss+xml"},
                body=f"<rss version='2.0'><channel>{items}</channel></rss>".encode(),
            )
        return site(request)

    seed = ("-a", "seed=http://a.example/seed", "-a", f"sources={sources}", "-a", "max_requests=2")
    with LoopbackWeb(with_feed) as web:
        for _ in range(2):
            done = run(tmp_path, "crawl", "related", *seed, "-s", "DOWNLOAD_DELAY=0", proxy=web.proxy_url)
            assert done.returncode == 0, done.stderr
    articles = archived(tmp_path)
    for url, row in ledger_rows(tmp_path).items():
        if row["state"] == "archived":
            assert articles[url].id == row["article_id"], url
    assert len(articles) == 3


def test_a_ledger_that_stays_locked_ends_the_crawl_with_a_word(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger.announce("other", [Work(url="http://a.example/other")])
    ledger.close()
    urls = ",".join(f"http://a.example/{number}" for number in range(3))
    with LoopbackWeb(slow) as web:
        process = subprocess.Popen(
            command(
                "crawl", "urls", "-a", f"urls={urls}", "-s", "DOWNLOAD_DELAY=0", "-s", "LEDGER_TIMEOUT=2"
            ),
            cwd=ROOT,
            env=environment(tmp_path, web.proxy_url),
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while not (tmp_path / "raw").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        holder = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        said = process.communicate(timeout=60)[1]
        holder.execute("ROLLBACK")
        holder.close()
    assert process.returncode == 1
    assert "cannot be written" in said.splitlines()[-1], said
    assert "Traceback" not in said
    with LoopbackWeb(site) as web:
        done = run(
            tmp_path, "crawl", "urls", "-a", f"urls={urls}", "-s", "DOWNLOAD_DELAY=0", proxy=web.proxy_url
        )
    assert done.returncode == 0, done.stderr
    states = {url: row["state"] for url, row in ledger_rows(tmp_path).items()}
    assert [state for url, state in states.items() if url in urls] == ["archived"] * 3


def slow(request: ProxyRequest) -> ProxyResponse:
    answer = site(request)
    return ProxyResponse(status=answer.status, headers=answer.headers, body=answer.body, delay=1.0)
