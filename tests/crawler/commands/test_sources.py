"""`scrapy sources` as a user runs it, against a server on loopback."""

import asyncio
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from scrapy.settings import Settings

from crawler.commands.sources import Command

ROOT = Path(__file__).parents[3]


def _feed(moment: datetime) -> str:
    item = f"<item><title>x</title><link>/a-b-c</link><pubDate>{format_datetime(moment)}</pubDate></item>"
    return f"<rss version='2.0'><channel>{item}</channel></rss>"


async def _answer(request: web.Request) -> web.Response:
    now = datetime.now(UTC)
    pages = {
        "/new": _feed(now),
        "/old": _feed(now - timedelta(days=30)),
        "/html": "<!DOCTYPE html><html><body>Nothing here</body></html>",
        "/news.xml": f"<urlset><url><loc>http://a.example/x</loc><lastmod>{now:%Y-%m-%d}</lastmod></url></urlset>",
        "/robots.txt": "User-agent: *\nDisallow: /secret\n",
    }
    if request.path == "/moved":
        raise web.HTTPFound("/new")
    if request.path not in pages:
        raise web.HTTPNotFound
    return web.Response(text=pages[request.path])


@pytest.fixture
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def _sources(folder: Path, **lists: list[str]) -> str:
    file = folder / "x.yml"
    record = {"name": "tagblatt", "country": "DE", "languages": ["de"], "delay": 0, **lists}
    file.write_text(json.dumps({"sources": [record]}))  # JSON is YAML
    return str(file)


async def run(folder: Path, *args: str) -> tuple[int, str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("CONTACT", "http_proxy")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrapy", "sources", *args),
        *(
            "-s",
            "ALLOW_PRIVATE_ADDRESSES=1",
            "-s",
            "RETRY_TIMES=0",
            "-s",
            "SPIDER_MODULES=",
            "-s",
            "DOWNLOAD_DELAY=0",
        ),
        cwd=ROOT,
        env={**environment, "STATE_DIR": str(folder / "state")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def test_check(tmp_path: Path, server: str) -> None:
    paths = ("new", "old", "html", "moved", "gone")
    file = _sources(
        tmp_path,
        feeds=[f"{server}/{path}" for path in paths] + ["http://localhost:9/closed"],
        sitemaps=[f"{server}/news.xml"],
    )
    code, out, err = await run(tmp_path, "check", file, "--json")
    checks = {record["url"].rpartition("/")[2]: record for record in map(json.loads, out.splitlines())}
    assert {name: (record["verdict"], record["status"]) for name, record in checks.items()} == {
        "new": ("ok", 200),
        "old": ("nothing new", 200),
        "html": ("failed", 200),
        "moved": ("ok", 200),
        "gone": ("failed", 404),
        "closed": ("failed", None),
        "news.xml": ("ok", 200),
    }
    assert checks["new"]["what"] == "RSS 2.0"
    assert checks["news.xml"]["what"] == "sitemap"
    assert checks["old"]["problem"] == "nothing newer than 7 days"
    assert checks["moved"]["problem"] == f"moved to {server}/new"
    assert "refused" in checks["closed"]["problem"]
    assert code == 1
    assert err.splitlines() == ["sources: 7 addresses: 3 ok, 1 with nothing new, 3 failed"]
    assert not (tmp_path / "state").exists()


async def test_check_where_all_is_well(tmp_path: Path, server: str) -> None:
    file = _sources(tmp_path, feeds=[f"{server}/new", f"{server}/old"])
    code, out, err = await run(tmp_path, "check", file, "--days", "40")
    assert code == 0, err
    first, second = [line.split() for line in out.splitlines() if line.startswith("tagblatt")]
    assert first[:6] == ["tagblatt", "feed", "200", "RSS", "2.0", "1"]
    assert first[-1] == f"{server}/new"
    assert second[-2:] == ["ok", f"{server}/old"]


async def test_check_obeys_robots_txt(tmp_path: Path, server: str) -> None:
    code, out, _ = await run(tmp_path, "check", _sources(tmp_path, feeds=[f"{server}/secret"]), "--json")
    assert code == 1
    assert json.loads(out)["problem"] == "Forbidden by robots.txt"


async def test_check_of_live_sites_needs_a_contact(tmp_path: Path) -> None:
    file = _sources(tmp_path, feeds=["http://192.0.2.1/feed"])
    code, out, err = await run(tmp_path, "check", file)
    assert (code, out) == (2, "")
    assert "CONTACT" in err


def run_here(*args: str) -> int:
    """The command in this process; only for what crawls nothing."""
    command = Command()
    command.settings = Settings()
    parser = ArgumentParser()
    command.add_options(parser)
    options, words = parser.parse_known_args(args)
    command.run(words, options)
    return command.exitcode


def test_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _sources(tmp_path, feeds=["http://a.example/f"], front_pages=["http://a.example/"])
    assert run_here("list", file) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1].split() == ["tagblatt", "tagblatt", "DE", "de", "1", "0", "1", "never"]
    assert err == "outlets: 1, languages: 1\n"
    assert run_here("list", file, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["feeds"], record["checked"], record["line"]) == (["http://a.example/f"], None, 1)


def test_list_of_the_sources_that_come_with_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here("list", "--languages", "uk,ko") == 0
    names = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert "ukrainska-pravda" in names
    assert "tagesschau" not in names


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ((), 2, "say `scrapy sources list [FILE]` or"),
        (("lst", "FILE"), 2, "say `scrapy sources list [FILE]` or"),
        (("list", "FILE", "FILE"), 2, "say `scrapy sources list [FILE]` or"),
        (("list", "FILE", "--languages", "fr"), 2, "FILE: no source in fr;"),
        (
            ("list", "FILE", "--names", "tagblat"),
            2,
            "no source is called 'tagblat'; did you mean 'tagblatt'?",
        ),
        (("check", "FILE", "--days", "0"), 2, "--days must be more than 0, not 0"),
        (("list", "none.yml"), 2, "none.yml: no such file;"),
    ],
)
def test_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], code: int, message: str
) -> None:
    file = _sources(tmp_path, feeds=["http://a.example/f"])
    assert run_here(*(file if arg == "FILE" else arg for arg in args)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("sources: " + message.replace("FILE:", f"{file}:"))
    assert err.count("\n") == 1
