"""`scrapy revisions`, as a person runs it."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import open_archive
from archive.article import Article
from archive.url import article_id
from tests.crawler.commands.test_search import run

URL = "https://tagblatt.example/faehre"
TEXT = """Mindestens 20 Menschen starben vor Hokkaido. Das teilte die Küstenwache mit.

昨日20人が死亡した。 Die Suche geht weiter."""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with one article in three revisions."""
    first = Article(
        id=article_id(URL),
        url=URL,
        headline="Fähre [b]sinkt",
        article_body=TEXT,
        authors=["Mara Feldkamp"],
        in_language="de",
        date_fetched=datetime(2022, 9, 8, 4, 30, tzinfo=UTC),
    )
    second = replace(
        first,
        headline="Fähre [b]gesunken",
        article_body=TEXT.replace("20", "24").replace("Die Suche geht weiter.", "\x1b[2J"),
        date_fetched=datetime(2022, 9, 8, 17, tzinfo=UTC),
    )
    archive = open_archive("embedded:", tmp_path)
    asyncio.run(archive.put([first, second]))
    asyncio.run(archive.put([replace(second, date_unpublished=datetime(2022, 9, 12, tzinfo=UTC))]))
    archive.close()
    return tmp_path


@pytest.mark.parametrize("name", [URL, "http://tagblatt.example/faehre?utm_source=x", article_id(URL)])
def test_each_revision_with_its_differences(
    state: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run(state, "revisions", name) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Fähre [b]gesunken",
        URL,
        "",
        "revision 0  2022-09-08 04:30 UTC  first seen",
        "revision 1  2022-09-08 17:00 UTC  headline, number, text",
        "  headline: Fähre [b][-sinkt-]{+gesunken+}",
        "  Mindestens [-20-]{+24+} Menschen starben vor Hokkaido.",
        "  昨日[-20-]{+24+}人が死亡した。",
        "  {+[2J+}",
        "  [-Die Suche geht weiter.-]",
        "revision 2  2022-09-12 00:00 UTC  unpublished",
    ]


def test_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "revisions", URL, "--json") == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["revision"] for record in records] == [0, 1, 2]
    assert records[0]["article_body"] == TEXT
    assert [change["kind"] for change in records[1]["changes"]] == ["headline", "number", "number", "text"]
    assert records[2]["date_unpublished"] == "2022-09-12T00:00:00+00:00"
    assert "fingerprint" not in records[0]


def test_an_address_that_is_not_what_the_id_is_made_of(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = open_archive("embedded:", state)
    url = "https://tagblatt.example/amp/1"
    asyncio.run(archive.put([Article(id="a" * 64, url=url, headline="Amp", article_body="Text")]))
    archive.close()
    assert run(state, "revisions", url) == 0
    assert "Amp" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["https://tagblatt.example/x"], 1, "revisions: https://tagblatt.example/x is not in "),
        (["f" * 64], 1, f"revisions: {'f' * 64} is not in "),
        (["faehre"], 2, "revisions: 'faehre' is no URL and no article id; give one"),
        ([], 2, "revisions: give the URL or the id of one article"),
    ],
)
def test_what_is_not_there_is_one_line(
    state: Path, capsys: pytest.CaptureFixture[str], args: list[str], code: int, message: str
) -> None:
    assert run(state, "revisions", *args) == code
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(message)
    assert error.count("\n") == 1
