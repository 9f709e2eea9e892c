"""`scrapy verify`, as a person runs it, on an archive made by hand."""

import asyncio
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import open_archive
from archive.article import Article, RawPage
from archive.url import article_id
from archive.warc import RawStore
from tests.crawler.commands.test_search import run

OLD, NEW = datetime(2022, 9, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def article(slug: str, raw: RawPage | None, fetched: datetime = NEW) -> Article:
    url = f"https://tagblatt.example/{slug}"
    return Article(
        id=article_id(url), url=url, headline=slug, article_body=slug, raw=raw, date_fetched=fetched
    )


def put(state: Path, *articles: Article) -> None:
    with closing(open_archive("embedded:", state)) as archive:
        asyncio.run(archive.put(articles))


@pytest.fixture
def pages(tmp_path: Path) -> list[RawPage]:
    """Three raw pages, and an archive with an article of each and one of none."""
    store = RawStore(tmp_path / "raw")
    pages = [store.write(f"https://tagblatt.example/{n}", 200, "OK", [], b"%d" % n * 9000) for n in range(3)]
    store.close()
    put(tmp_path, *(article(str(n), page) for n, page in enumerate(pages)), article("seed", None))
    return pages


def warc_in(state: Path) -> Path:
    (path,) = (path for path in (state / "raw").iterdir() if ".warc.gz" in path.name)
    return path


def test_what_holds(tmp_path: Path, pages: list[RawPage], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "verify") == 0
    assert capsys.readouterr().out.splitlines() == [
        "without a raw page (seeds, given files): 1 article",
        "verified 3 articles, 4 records in 1 file: all hold",
    ]
    assert run(tmp_path, "verify", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "articles": 3,
        "without_raw": 1,
        "records": 4,
        "files": 1,
        "indexed": 0,
        "torn": [],
        "faults": [],
    }


def test_each_fault_is_a_line_and_the_sum_is_the_last(
    tmp_path: Path, pages: list[RawPage], capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, article("lost", replace(pages[0], file="lost.warc.gz")))
    put(tmp_path, article("other", replace(pages[0], sha256="0" * 64)))
    path = warc_in(tmp_path)
    data = bytearray(path.read_bytes())
    data[pages[1].offset + 300] ^= 0xFF
    path.write_bytes(data)
    assert run(tmp_path, "verify") == 1
    *faults, given, last = capsys.readouterr().out.splitlines()
    assert last == "verified 5 articles, 3 records in 1 file: 4 faults"
    assert given.startswith("without a raw page")
    where = f"{path}: no record with SHA-256"
    told = {fault.split(": ")[0]: fault.partition(": ")[2] for fault in faults}
    assert told.pop("https://tagblatt.example/lost").startswith("the raw page's file")
    assert told.pop("https://tagblatt.example/other").startswith(f"{where} 000000000000... at byte")
    assert told.pop("https://tagblatt.example/1").startswith(f"{where} {pages[1].sha256[:12]}... at byte")
    assert list(told) == [f"{path.name}, byte {pages[1].offset}"]
    assert all(fault.endswith("restore it from a copy") for fault in faults)
    assert run(tmp_path, "verify", "--json") == 1
    found = json.loads(capsys.readouterr().out)["faults"]
    assert {(fault["url"], fault["offset"]) for fault in found if fault["file"] == path.name} == {
        ("https://tagblatt.example/other", pages[0].offset),
        ("https://tagblatt.example/1", pages[1].offset),
        ("", pages[1].offset),
    }


def test_the_torn_end_of_a_killed_crawl_is_said_and_its_index_made(
    tmp_path: Path, pages: list[RawPage], capsys: pytest.CaptureFixture[str]
) -> None:
    path = warc_in(tmp_path)
    path.with_name(path.name.replace(".warc.gz", ".cdxj")).unlink()
    with path.open("ab") as file:
        file.write(path.read_bytes()[pages[2].offset : -20])
    opened = path.rename(f"{path}.open")
    assert run(tmp_path, "verify") == 0
    first, _, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{opened.name}: its process was killed")
    assert last == "verified 3 articles, 4 records in 1 file: all hold"
    assert len(next((tmp_path / "raw").glob("*.cdxj")).read_text().splitlines()) == 3


def test_since_leaves_out_what_is_older(
    tmp_path: Path, pages: list[RawPage], capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, article("old", replace(pages[0], file="lost.warc.gz"), OLD))
    assert run(tmp_path, "verify", "--since", "2026-10") == 0
    assert "verified 3 articles" in capsys.readouterr().out
    assert run(tmp_path, "verify", "--since", "2021") == 1


def test_every_revision_is_an_archived_document(
    tmp_path: Path, pages: list[RawPage], capsys: pytest.CaptureFixture[str]
) -> None:
    revised = article("0", pages[2], datetime(2026, 11, 2, tzinfo=UTC))
    put(tmp_path, replace(revised, article_body="Another text."))
    assert run(tmp_path, "verify") == 0
    assert "verified 4 articles" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "code", "line"),
    [
        (("now",), 2, "takes no arguments"),
        (("--since", "yesterday"), 2, "--since: not a date: 'yesterday'"),
        ((), 1, "there is no archive"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    tmp_path: Path, args: tuple[str, ...], code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "verify", *args) == code
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1
