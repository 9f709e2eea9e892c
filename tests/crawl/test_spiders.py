"""The other spiders, exit codes and errors, on the sample web."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import SAMPLE_SOURCES, Run, archived, ledger_rows, run


def sources(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "sources.yml"
    head = "sources:\n  - name: one\n    publisher: One\n    country: DE\n    languages: [de]\n    delay: 0\n"
    path.write_text(head + "".join(f"    {line}\n" for line in lines), encoding="utf-8")
    return f"sources={path}"


@pytest.mark.parametrize("spider", ["feeds", "sitemap", "site"])
def test_each_list_spider_archives_what_its_lists_name(
    spider: str, crawl: Callable[..., Run], tmp_path: Path
) -> None:
    done = crawl(spider, "-a", f"sources={SAMPLE_SOURCES}", "-a", "languages=de,fr", "-a", "max_requests=12")
    assert done.returncode == 0, done.stderr
    rows = ledger_rows(tmp_path)
    settled = [row for row in rows.values() if row["state"] not in ("pending", "leased")]
    assert len(settled) == 12
    assert len(archived(tmp_path)) >= 8
    assert {row["source"] for row in rows.values()} <= {"tagblatt", "rundfunk", "courrier"}


def test_urls_archives_what_it_is_given(
    crawl: Callable[..., Run], tmp_path: Path, manifest: dict[str, Any]
) -> None:
    wanted = [row["url"] for row in manifest["announced"] if row["expected"] == "archived"][:3]
    listed = tmp_path / "urls.txt"
    listed.write_text("# three pages\n" + "\n".join(wanted[1:]) + "\n", encoding="utf-8")
    done = crawl(
        "urls",
        "-a",
        f"urls={wanted[0]}",
        "-a",
        f"urls_file={listed}",
        "-o",
        f"{tmp_path}/out.json",
        "-s",
        "DOWNLOAD_DELAY=0",
    )
    assert done.returncode == 0, done.stderr
    assert set(archived(tmp_path)) == set(wanted)
    exported = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert {record["announced_url"] for record in exported} == set(wanted)
    assert exported[0]["date_published"].endswith("+00:00")


def test_a_seed_can_be_a_url(crawl: Callable[..., Run], tmp_path: Path, manifest: dict[str, Any]) -> None:
    seed = next(
        row["url"] for row in manifest["announced"] if row["related"] == "story" and row["language"] == "en"
    )
    done = crawl("related", "-a", f"seed={seed}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "max_requests=10")
    assert done.returncode == 0, done.stderr
    assert seed in {url.partition("?")[0] for url in archived(tmp_path)}


@pytest.mark.parametrize(
    ("args", "code", "line"),
    [
        (("related",), 2, "spider related needs -a seed=..."),
        (("related", "-a", "seed=nowhere.txt"), 2, "nowhere.txt"),
        (("related", "-a", "seed=http://"), 2, "http://"),
        (("related", "-a", "seed=seeds/kim-putin.txt", "-a", "sources=nowhere.yml"), 2, "nowhere.yml"),
        (("feeds", "-a", "colour=red"), 2, "no argument 'colour'"),
        (("urls",), 2, "urls_file"),
        (("urls", "-a", "urls=ftp://a.example/"), 2, "ftp://a.example/"),
        (("nosuch",), 2, "no spider 'nosuch'"),
        (("feeds", "-s", "DOWNLOAD_DELAY=abc"), 2, "setting DOWNLOAD_DELAY must be a number, not 'abc'"),
        (
            ("feeds", "-s", "DUPLICATE_OVERLAP=7"),
            2,
            "setting DUPLICATE_OVERLAP must be from 0.01 to 1, not 7",
        ),
        (("feeds", "-s", "READ_WORKERS=0"), 2, "setting READ_WORKERS"),
        (("feeds", "-s", "LEDGER_URL=foo"), 1, "LEDGER_URL"),
        (("feeds", "-s", "LEDGER_URL=mysql://u:secret@h/x"), 1, "only sqlite: and postgresql:"),
        (("feeds", "-s", "LEDGER_URL=postgresql://u:secret@127.0.0.1:1/x"), 1, "see that the server runs"),
    ],
)
def test_wrong_arguments_are_one_line(
    args: tuple[str, ...], code: int, line: str, crawl: Callable[..., Run]
) -> None:
    done = crawl(*args)
    assert done.returncode == code
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "secret" not in done.stderr


def test_the_live_web_needs_a_contact(tmp_path: Path) -> None:
    done = run(tmp_path, "crawl", "urls", "-a", "urls=http://93.184.216.34/a-page-that-is-not-asked-for")
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.strip().splitlines()
    assert "CONTACT" in line
    assert [row["state"] for row in ledger_rows(tmp_path).values()] == ["pending"]


def test_no_list_that_answers_is_a_failure(crawl: Callable[..., Run], tmp_path: Path) -> None:
    done = crawl("feeds", "-a", sources(tmp_path, 'feeds: ["http://nowhere.example/feed"]'))
    assert done.returncode == 1
    assert "none of 1 lists answered" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def broken(request: ProxyRequest) -> ProxyResponse:
    """A site whose feed names 30 pages; every second answers 503."""
    if request.target == "/feed":
        items = "".join(f"<item><link>http://broken.example/{n}</link></item>" for n in range(30))
        return ProxyResponse(
            headers={"Content-Type": "application/rss+xml"},
            body=f"<rss version='2.0'><channel>{items}</channel></rss>".encode(),
        )
    if request.target == "/robots.txt":
        return ProxyResponse(status=404)
    if int(request.target.strip("/")) % 2:
        return ProxyResponse(status=503)
    words = " ".join(f"Wort{request.target.strip('/')}x{n} steht hier." for n in range(60))
    page = f"<html lang=de><title>Seite {request.target}</title><h1>Die Seite hier</h1><p>{words}</p>"
    return ProxyResponse(headers={"Content-Type": "text/html; charset=utf-8"}, body=page.encode())


def test_too_many_failed_pages_are_a_failure_and_stay_pending(tmp_path: Path) -> None:
    with LoopbackWeb(broken) as web:
        arguments = ("-a", sources(tmp_path, 'feeds: ["http://broken.example/feed"]'), "-s", "RETRY_TIMES=0")
        done = run(tmp_path, "crawl", "feeds", *arguments, proxy=web.proxy_url)
    assert done.returncode == 1
    assert "15 of 30 pages failed" in done.stderr.splitlines()[-1]
    rows = ledger_rows(tmp_path).values()
    assert sum(row["state"] == "pending" and row["reason"] == "http_503" for row in rows) == 15
    assert "Traceback" not in done.stderr


def test_scrapy_parse_and_shell_work_as_in_any_project(
    sample_web: LoopbackWeb, tmp_path: Path, manifest: dict[str, Any]
) -> None:
    row = next(row for row in manifest["announced"] if row["host"] == "tagblatt.example")
    quick = ("-s", "DOWNLOAD_DELAY=0")
    parsed = run(tmp_path, "parse", "--spider=urls", *quick, row["url"], proxy=sample_web.proxy_url)
    assert parsed.returncode == 0, parsed.stderr
    assert row["headline"] in parsed.stdout
    first_headline = ("-c", "response.css('h1::text').get()")
    shell = run(tmp_path, "shell", *quick, *first_headline, row["url"], proxy=sample_web.proxy_url)
    assert row["headline"] in shell.stdout
    assert not archived(tmp_path)
