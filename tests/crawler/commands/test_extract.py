"""`scrapy extract` as a user runs it, on saved pages."""

import json
import sys
from argparse import ArgumentParser
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from scrapy.settings import Settings

from archive.article import Article
from crawler.commands.extract import Command
from crawler.fixtures.store import keep_page
from tests.crawler.fixtures.samples import HTML, PARAGRAPHS, URL, page

WALL = (
    "<html><title>Just a moment...</title><body><h1>Just a moment...</h1><p>Checking you.</p></body></html>"
)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    file = tmp_path / "page.html"
    file.write_text(HTML)
    return str(file)


def run(*args: str) -> int:
    command = Command()
    command.settings = Settings()
    parser = ArgumentParser()
    command.add_options(parser)
    options, words = parser.parse_known_args(args)
    command.run(words, options)
    return command.exitcode


def test_fields_with_their_sources_and_the_text(saved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(saved, "--url", URL) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == URL
    assert lines[1].startswith("extractor generic, ")
    fields = {line.split()[0]: line.split()[1:] for line in lines[3:] if line.strip()}
    assert fields["authors"][:2] == ["Orla", "Penhale"]
    assert fields["date_published"] == ["2026-05-12T20:15:00+00:00", "json-ld"]
    assert fields["in_language"][:2] == ["en", "text,"]
    assert fields["date_modified"][0] == "-"
    assert "\n".join(lines).rstrip().endswith("\n\n".join(PARAGRAPHS))


def test_json_is_the_record_with_sources(saved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(saved, "--url", URL, "--json") == 0
    record = json.loads(capsys.readouterr().out)
    assert record.pop("sources")["date_published"] == "json-ld"
    assert record.pop("kind") == "article"
    assert 0 < record.pop("seconds") < 60
    article = Article.from_dict(record)
    assert (article.url, article.article_body) == (URL, "\n\n".join(PARAGRAPHS))


def test_several_pages_of_which_one_is_no_article(
    tmp_path: Path, saved: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wall, kept = tmp_path / "wall.html", tmp_path / "site" / "slug"
    wall.write_text(WALL)
    keep_page(kept, page(), "own")
    (kept / "expected.json").write_text('{"kind": "article"}')
    assert run(saved, str(wall), str(kept), "--json") == 1
    out, err = capsys.readouterr()
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["kind"] for record in records] == ["article", "bot_wall", "article"]
    assert records[2]["url"] == URL
    assert err == f"extract: {wall}: not an article (bot wall)\n"


def test_stream(saved: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [{"url": URL, "path": saved}, {"url": "http://b.example/1", "html": HTML}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    assert run("-", "--json") == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["url"] for record in records] == [URL, "http://b.example/1"]


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        ((), 2, "name a saved page"),
        (("none.html",), 2, "none.html: no such file"),
        (("FILE", "FILE", "--url", URL), 2, "--url is for a single page"),
        (("FILE", "-"), 2, "give - alone"),
        ((URL, "FILE"), 2, "give an address alone"),
        (("DIR",), 2, "DIR: is a folder"),
    ],
)
def test_mistakes(
    tmp_path: Path,
    saved: str,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    code: int,
    message: str,
) -> None:
    places = {"FILE": saved, "DIR": str(tmp_path)}
    assert run(*(places.get(arg, arg) for arg in args)) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("extract: " + message.replace("DIR", str(tmp_path)))
    assert err.count("\n") == 1
