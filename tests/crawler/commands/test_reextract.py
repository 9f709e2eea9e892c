"""`scrapy reextract`, as a person runs it, on an archive made by hand."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive import open_archive
from archive.article import Article, RawPage, Relation
from archive.warc import RawStore
from crawler.extractors import Page, read
from tests.crawler.commands.test_search import run

SITE = "tagblatt.example"
PARAGRAPHS = [
    f"The harbour of Calderport was closed on day {n} of the storm, and the ferries to the islands waited at "
    f"the quay while {n * 7} sailors mended nets, read old papers and talked about the price of diesel."
    for n in range(1, 6)
]
PAGE = (
    '<html lang="en"><head><title>Ferries wait - Tagblatt</title>'
    '<meta name="author" content="Mara Feldkamp"><meta property="og:title" content="Ferries wait">'
    '<meta property="article:published_time" content="2022-09-08T04:29:07Z"></head><body><article>'
    f"<h1>Ferries wait</h1>{''.join(f'<p>{text}</p>' for text in PARAGRAPHS)}</article></body></html>"
).encode()
INDEX = b"<html><body><h1>News</h1><ul><li><a href='/1'>One</a><li><a href='/2'>Two</a></ul></body></html>"


def archived(store: RawStore, slug: str, body: bytes = PAGE) -> Article:
    """The page in the raw store, and what a crawl makes of it."""
    url = f"https://{SITE}/{slug}"
    raw = store.write(url, 200, "OK", [("Content-Type", "text/html; charset=utf-8")], body)
    fetched = datetime.fromisoformat(store.read(raw).date).astimezone(UTC)
    return read(Page(url=url, body=PAGE, headers={}, fetched_at=fetched, raw=raw, source="one"))


def articles_in(state: Path) -> dict[str, Article]:
    with closing(open_archive("embedded:", state)) as archive:
        return {article.url.rpartition("/")[2]: article for article in archive.iterate()}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """An archive of what today's extractor reads, of what another read, of a lost page, and of a seed."""
    store = RawStore(tmp_path / "raw")
    same, drifted, index = (archived(store, "same"), archived(store, "drifted"), archived(store, "no", INDEX))
    store.close()
    relation = Relation(seed="a" * 64, score=1.0, rank=2.0, kind="same-language", related=True)
    drifted = replace(
        drifted, article_body=PARAGRAPHS[0], authors=[], dateline="HERE", relations=[relation], revision=0
    )
    lost = replace(same, id="b" * 64, url=f"https://{SITE}/lost", raw=RawPage(file="x", offset=0, sha256="0"))
    seed = replace(same, id="c" * 64, url=f"https://{SITE}/seed", raw=None)
    with closing(open_archive("embedded:", tmp_path)) as archive:
        asyncio.run(archive.put([same, drifted, index, lost, seed]))
    return tmp_path


def test_what_is_read_otherwise_is_shown_and_then_written(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = articles_in(state)
    assert run(state, "reextract", "--dry-run", "--site", SITE, "-s", "READ_WORKERS=1") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].split() == ["site", "field", "articles", "differ", "new", "lost"]
    rows = [line.split() for line in shown.splitlines()[1:4]]
    assert rows[0][:6] == [SITE, "article_body", "2", "1", "0", "0"]
    assert ["authors", "1", "1", "0"] in rows
    assert ["dateline", "1", "0", "1"] in [line.split() for line in shown.splitlines()]
    assert shown.splitlines()[-4:] == [
        "2 articles of 1 site read, 1 otherwise than archived",
        "2 cannot be read now and keep their document: no_text 1, raw page missing or damaged 1",
        "1 has no raw page (seeds, given files)",
        "dry run: nothing written",
    ]
    assert articles_in(state) == before
    assert run(state, "reextract", "-s", "READ_WORKERS=1") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "written: 1 stored"
    after = articles_in(state)
    assert after["drifted"].article_body == before["same"].article_body
    assert after["drifted"].authors == ["Mara Feldkamp"]
    for name in ("relations", "source", "announced_url", "date_fetched", "raw", "revision", "date_revised"):
        assert getattr(after["drifted"], name) == getattr(before["drifted"], name), name
    assert {slug: one for slug, one in after.items() if slug != "drifted"} == {
        slug: one for slug, one in before.items() if slug != "drifted"
    }


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (("now",), "takes no arguments"),
        (("--limit", "0"), "--limit must be a number above 0, not '0'"),
        (("--site", " "), "--site is empty"),
        (("--since", "soon"), "--since: not a date: 'soon'"),
    ],
)
def test_wrong_options_are_one_line(
    tmp_path: Path, args: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "reextract", *args) == 2
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


def test_a_host_without_articles_is_one_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "reextract", "--site", "other.example") == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (
        captured.err
        == "reextract: no article of other.example is archived; `scrapy search '*'` names sites\n"
    )
