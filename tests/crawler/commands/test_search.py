"""`scrapy search` and `scrapy archive`, as a person runs them."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scrapy.cmdline import execute
from scrapy.settings import Settings

import crawler.settings
from archive import open_archive
from archive.article import Article, CopyOf
from archive.url import article_id
from tests.crawler.ledger_samples import page, write

ROOT = Path(__file__).parents[3]


def sample(slug: str, **values: object) -> Article:
    url = f"https://tagblatt.example/{slug}"
    return Article(id=article_id(url), url=url, site="tagblatt.example", publisher="Tagblatt", **values)  # type: ignore[arg-type]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder whose archive holds three articles."""
    archive = open_archive("embedded:", tmp_path)
    articles = [
        sample(
            "raketen",
            headline="Moskau kauft [red]Munition[/red]",
            article_body="Nordkorea liefert Raketen <b>und</b> Granaten.",
            in_language="de",
            authors=["Mara Feldkamp"],
            date_published=datetime(2022, 9, 6, tzinfo=UTC),
            copy_of=CopyOf(article_id="a" * 64, url="https://wire.example/a", overlap=0.9),
        ),
        sample(
            "missiles",
            headline="Missiles for Moscow",
            article_body="Pyongyang sells its missiles.",
            in_language="en",
            date_published=datetime(2022, 9, 8, tzinfo=UTC),
            date_unpublished=datetime(2022, 9, 12, tzinfo=UTC),
        ),
        sample("undated", headline="", article_body="Ein Text über Raketen.", in_language="de"),
    ]
    asyncio.run(archive.put(articles))
    archive.close()
    return tmp_path


def run(state: Path, *args: str, archive_url: str = "embedded:") -> int:
    """The exit code of a command of ours with this state folder."""
    settings = Settings()
    settings.setmodule(crawler.settings)
    settings.set("STATE_DIR", str(state), "cmdline")
    settings.set("ARCHIVE_URL", archive_url, "cmdline")
    with pytest.raises(SystemExit) as end:
        execute(["scrapy", *args], settings)
    assert isinstance(end.value.code, int)
    return end.value.code


def test_table(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "search", "Rakete") == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out  # no colours where nobody sees them
    assert "2022-09-06  de        tagblatt.example  Moskau kauft [red]Munition[/red]" in out
    assert "Nordkorea liefert Raketen <b>und</b> Granaten." in out
    assert "no date" in out
    assert "https://tagblatt.example/undated" in out  # in the place of its headline
    assert "2 articles found | de 2 | tagblatt.example 2 | 2022 1" in out


def test_several_words_are_one_query(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "search", "missiles", "-moskau", "--limit", "5") == 0
    out = capsys.readouterr().out
    assert "1 article found" in out
    assert "Missiles for Moscow (unpublished 2022-09-12)" in out


def test_json(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "search", "Rakete granate", "--json") == 0
    (line,) = capsys.readouterr().out.splitlines()
    hit = json.loads(line)
    assert hit["url"] == "https://tagblatt.example/raketen"
    assert hit["headline"] == "Moskau kauft [red]Munition[/red]"
    assert hit["highlights"] == ["Nordkorea liefert <em>Raketen</em> <b>und</b> <em>Granaten</em>."]
    assert hit["score"] > 0
    assert hit["in_language"] == "de"
    assert hit["date_published"] == "2022-09-06T00:00:00+00:00"
    assert hit["authors"] == ["Mara Feldkamp"]
    assert hit["copy_of"]["overlap"] == 0.9
    assert {"id", "publisher", "site", "description", "relations"} <= set(hit)
    assert {"article_body", "fingerprint"}.isdisjoint(hit)


@pytest.mark.parametrize(
    ("args", "found"),
    [
        (["*"], ["missiles", "raketen", "undated"]),
        (["*", "--limit", "1"], ["missiles"]),
        (["*", "--language", "de"], ["raketen", "undated"]),
        (["*", "--language", "en,fr"], ["missiles"]),
        (["*", "--from", "2022-09-07"], ["missiles"]),
        (["*", "--to", "2022-09-06"], ["raketen"]),
        (["*", "--from", "2022-09", "--to", "2022-09-06"], ["raketen"]),
        (["*", "--site", "www.tagblatt.example"], ["missiles", "raketen", "undated"]),
        (["*", "--site", "other.example"], []),
        (["moskau OR moscow", "--sort", "date"], ["missiles", "raketen"]),
    ],
)
def test_options(state: Path, capsys: pytest.CaptureFixture[str], args: list[str], found: list[str]) -> None:
    assert run(state, "search", *args, "--json") == 0
    hits = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [hit["url"].rpartition("/")[2] for hit in hits] == found


def test_nothing_found_says_so(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "search", "xyzzy") == 0
    assert "nothing found among 3 articles in" in capsys.readouterr().out
    assert run(state, "search", "xyzzy", "--json") == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["search"], 2, "search: give words to search for, or '*' for every article"),
        (["search", '"x'], 2, "search: cannot search for '\"x': unterminated quotation mark"),
        (["search", "x", "--from", "soon"], 2, "search: not a date: 'soon'"),
        (["search", "x", "--from", "2022", "--to", "2021"], 2, "search: no day is from 2022 to 2021"),
        (
            ["search", "--limit", "2", "--", "a:b"],
            2,
            "search: cannot search for 'a:b': there is no field 'a'",
        ),
        (["search", "x", "--limit", "0"], 2, "search: --limit must be a number from 1 to 10000, not '0'"),
        (["search", "x", "--limit", "many"], 2, "not 'many'"),
        (["archive"], 2, "archive: say `scrapy archive COMMAND`; the commands are count, rebuild"),
        (["archive", "burn"], 2, "archive: say"),
    ],
)
def test_wrong_arguments(
    state: Path, capsys: pytest.CaptureFixture[str], args: list[str], code: int, message: str
) -> None:
    assert run(state, *args) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("args", [["search", "x"], ["archive", "count"], ["archive", "rebuild"]])
def test_an_archive_that_is_not_there_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str]
) -> None:
    assert run(tmp_path / "nowhere", *args) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{args[0]}: there is no archive in {tmp_path}/nowhere/archive yet; fill it with")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("arguments", [("search", "*"), ("ledger", "report")])
def test_as_a_program_whose_reader_leaves(state: Path, arguments: tuple[str, str]) -> None:
    write(f"sqlite:///{state / 'ledger.sqlite'}", [page("tagblatt", 1, datetime(2026, 3, 2, tzinfo=UTC))])
    environment = os.environ | {"STATE_DIR": str(state), "ARCHIVE_URL": "embedded:"}
    command = [sys.executable, "-c", "from crawler.cli import main; main()", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        assert program.wait(30) == 0
        assert program.stderr.read() == b""


def test_as_a_program_without_standard_output(state: Path) -> None:
    environment = os.environ | {"STATE_DIR": str(state), "ARCHIVE_URL": "embedded:"}
    code = "import sys; sys.stdout = None; from crawler.cli import main; main()"  # as the shell's >&- has it
    done = subprocess.run(
        [sys.executable, "-c", code, "search", "*"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
