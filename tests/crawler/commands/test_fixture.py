"""`scrapy fixture` as a user runs it, in a project of its own."""

import asyncio
import gzip
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest
from aiohttp import web
from scrapy.settings import Settings

from archive.warc import RawStore
from crawler.commands.fixture import Command
from crawler.fixtures.store import load
from tests.crawler.fixtures.samples import HTML, PARAGRAPHS, URL, new_project

ROOT = Path(__file__).parents[3]
NAME = "brinesrock.example/the-lamp-is-lit"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(new_project(tmp_path))
    (tmp_path / "page.html").write_text(HTML)
    return tmp_path


def run(*args: str) -> int:
    """The command in this process; for what fetches nothing."""
    command = Command()
    command.settings = Settings()
    parser = ArgumentParser()
    command.add_options(parser)
    options, words = parser.parse_known_args(args)
    command.run(words, options)
    return command.exitcode


def add(project: Path) -> Path:
    assert run("add", "page.html", "--url", URL) == 0
    return project / "tests" / "fixtures" / NAME


def change(folder: Path, **fields: object) -> None:
    file = folder / "expected.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def test_from_page_to_accepted_fixture(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = add(project)
    assert capsys.readouterr().out.splitlines() == [
        f"{folder / 'expected.json'}: correct it to what the page says, then",
        f"scrapy fixture accept {NAME}",
    ]
    assert run("check") == 1
    first, told, summary = capsys.readouterr().out.splitlines()
    assert first.split()[0] == NAME
    assert first.split()[2:] == ["ms", "differs"]
    assert told == f"  a new expectation: read it, then scrapy fixture accept {NAME}"
    assert summary.startswith("1 page: 0 right, 1 differ; ")
    assert run("accept", NAME) == 0
    assert capsys.readouterr().out == f"{NAME}: read\n"
    assert run("check", NAME) == 0
    line, summary = capsys.readouterr().out.splitlines()
    assert line.split()[0] == NAME
    assert line.endswith("ms  right")
    assert summary.startswith("1 page: 1 right, 0 differ; ")


def test_check_shows_what_differs_field_by_field(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = add(project)
    run("accept", NAME)
    change(folder, headline="The lamp is out", article_body="\n\n".join([*PARAGRAPHS, "One more."]))
    capsys.readouterr()
    assert run("check") == 1
    out = capsys.readouterr().out
    assert "  headline\n    - The lamp is out\n    + The lamp is lit again on the rock\n" in out
    assert "  article_body\n      (3 lines as expected)\n    - One more.\n" in out
    assert "1 page: 0 right, 1 differ; " in out


def test_update(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = add(project)
    run("accept", NAME)
    run("update")
    assert capsys.readouterr().out.endswith("0 updated, 0 left as they were\n")
    change(folder, headline="The lamp is out")
    before = (folder / "expected.json").read_text()
    for answer, code, message in (("", 2, "say --yes"), ("n\n", 0, "0 updated, 1 left"), ("\n", 0, "1 left")):
        monkeypatch.setattr(sys, "stdin", StringIO(answer))
        assert run("update", NAME) == code
        shown = capsys.readouterr()
        assert "    - The lamp is out\n" in shown.out
        assert message in shown.out + shown.err
        assert (folder / "expected.json").read_text() == before
    monkeypatch.setattr(sys, "stdin", StringIO("y\n"))
    assert run("update", NAME) == 0
    assert load(folder).expected["headline"] == "The lamp is lit again on the rock"
    assert not load(folder).was_read


def test_update_leaves_alone_what_is_not_checked(project: Path) -> None:
    folder = add(project)
    (folder / "expected.json").write_text('{"kind": "article", "headline": "x", "authors": ["Orla Penhale"]}')
    assert run("update", "--yes") == 0
    assert load(folder).expected == {
        "kind": "article",
        "headline": "The lamp is lit again on the rock",
        "authors": ["Orla Penhale"],
    }


def test_add_from_a_warc(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = RawStore(project / "raw")
    store.write("http://a.example/1", 200, "OK", [("Content-Type", "text/html")], HTML.encode())
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Encoding", "gzip")]
    raw = store.write(URL, 200, "OK", headers, gzip.compress(HTML.encode()))
    store.close()
    assert run("add", f"raw/{raw.file}") == 2
    assert f"holds 2 pages; name one, such as raw/{raw.file}:" in capsys.readouterr().err
    assert run("add", f"raw/{raw.file}:{raw.offset}", "--slug", "kept") == 0
    fixture = load(project / "tests/fixtures/brinesrock.example/kept")
    assert fixture.page().body == HTML.encode()
    assert fixture.expected["authors"] == ["Orla Penhale"]


def test_seeds_need_a_record(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "seeds/lamp.txt").write_text("The lamp is lit again\n\n" + "\n\n".join(PARAGRAPHS))
    assert run("check") == 1
    assert (
        "seeds/lamp.txt  no expected record: scrapy fixture add seeds/lamp.txt\n" in capsys.readouterr().out
    )
    assert run("add", "seeds/lamp.txt") == 0
    assert run("accept", "seeds/lamp") == 0
    assert run("check") == 0


def test_site(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("site", "www.20-minuten.example") == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    module, test, folder = paths
    assert module == project / "crawler/extractors/sites/n20_minuten_example.py"
    assert test == project / "tests/crawler/extractors/sites/test_n20_minuten_example.py"
    assert folder.is_dir()
    for path in (module, test):
        compile(path.read_text(), str(path), "exec")
    assert run("site", "20-minuten.example") == 2
    assert "is there already; add a layout to it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((), "say `scrapy fixture add URL|FILE"),
        (("chek",), "say `scrapy fixture add URL|FILE"),
        (("add",), "say `scrapy fixture add URL|FILE"),
        (("add", "none.html"), "none.html: no such file"),
        (("add", "page.html"), "page.html: the page does not say its address; give it with --url"),
        (("check", "none.example"), "there is no fixture none.example"),
        (("accept",), "name the fixtures whose expectation you have read"),
        (("site", "http://a.example/"), "give a host name in lower case"),
        (("check", "--all"), "there is no option --all"),
    ],
)
def test_mistakes(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["scrapy", "fixture", *args])
    assert run(*args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"fixture: {message}")
    assert err.count("\n") == 1


async def _answer(request: web.Request) -> web.Response:
    if request.path == "/robots.txt":
        return web.Response(text="User-agent: *\nDisallow: /secret\n")
    if request.path == "/moved":
        raise web.HTTPFound("/lamp")
    if request.path in ("/lamp", "/secret"):
        return web.Response(text=HTML, content_type="text/html", headers={"Set-Cookie": "id=secret"})
    raise web.HTTPNotFound


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


async def run_outside(folder: Path, *args: str, private: bool = True) -> tuple[int, str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("CONTACT", "http_proxy")}
    options = ["RETRY_TIMES=0", "DOWNLOAD_DELAY=0", *(["ALLOW_PRIVATE_ADDRESSES=1"] if private else [])]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "scrapy", "fixture", *args),
        *(part for option in options for part in ("-s", option)),
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "STATE_DIR": str(folder / "state")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


async def test_add_from_the_web(project: Path, server: str) -> None:
    code, _, err = await run_outside(project, "add", f"{server}/moved", "--site", "rock.example")
    assert (code, err) == (0, "")
    fixture = load(project / "tests/fixtures/rock.example/lamp")
    assert fixture.page().url == f"{server}/lamp"
    assert fixture.page().body == HTML.encode()
    assert "set-cookie" not in fixture.about["headers"]
    assert not (project / "state").exists()


@pytest.mark.parametrize(("path", "reason"), [("/secret", "Forbidden by robots.txt"), ("/gone", "HTTP 404")])
async def test_pages_that_cannot_be_had(project: Path, server: str, path: str, reason: str) -> None:
    code, out, err = await run_outside(project, "add", f"{server}{path}")
    assert (code, out) == (1, "")
    assert err == f"fixture: {server}{path}: cannot be fetched: {reason}\n"


async def test_the_live_web_needs_a_contact(project: Path) -> None:
    code, out, err = await run_outside(project, "add", "http://192.0.2.1/a")
    assert (code, out) == (2, "")
    assert "CONTACT" in err
    assert err.count("\n") == 1
