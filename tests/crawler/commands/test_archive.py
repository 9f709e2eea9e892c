"""`scrapy archive` as a person runs it, on both kinds of archive."""

import asyncio
import json
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from scrapy.cmdline import execute
from scrapy.settings import Settings

import crawler.settings
from archive import open_archive
from archive.article import Article
from archive.elastic.address import Address
from archive.elastic.archive import spool_folder
from archive.elastic.dead_letters import DeadLetters
from archive.elastic.schema import SCHEMA_VERSION
from archive.elastic.spool import Spool
from tests.archive.elastic.fake_kibana import FakeKibana, serving
from tests.archive.samples import article
from tests.crawl.conftest import ROOT, command, environment
from tests.crawl.conftest import run as run_program

AWAY = "http://127.0.0.1:1/news"
"""Nobody answers there."""


def run(state: Path, *args: str, archive_url: str = "embedded:", **values: str) -> int:
    """The exit code of a command with this state folder, run within this process."""
    settings = Settings()
    settings.setmodule(crawler.settings)
    for name, value in {"STATE_DIR": str(state), "ARCHIVE_URL": archive_url, **values}.items():
        settings.set(name, value, "cmdline")
    with pytest.raises(SystemExit) as end:
        execute(["scrapy", "archive", *args], settings)
    assert isinstance(end.value.code, int)
    return end.value.code


def fill(state: Path, *articles: Article, url: str = "embedded:") -> None:
    with closing(open_archive(url, state)) as archive:
        assert {result.outcome for result in asyncio.run(archive.put(articles))} == {"stored"}


def kept(state: Path, url: str = "embedded:") -> dict[str, Article]:
    with closing(open_archive(url, state, create=False)) as archive:
        return {one.id: one for one in archive.iterate()}


@pytest.fixture(scope="module")
def one_url(elasticsearch_url: str) -> Iterator[str]:
    """ARCHIVE_URL of an index of this module's own."""
    base = f"commands-{secrets.token_hex(4)}"
    yield f"{elasticsearch_url}/{base}"
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.delete(index=list(client.indices.get_alias(index=f"{base}-articles-v*").body))
        client.indices.delete_index_template(name=f"{base}-articles")
        client.cluster.delete_component_template(name=f"{base}-articles-schema,{base}-articles-settings")


@pytest.fixture
def url(one_url: str, tmp_path: Path) -> str:
    """ARCHIVE_URL of an Elasticsearch archive that is there and empty."""
    with closing(open_archive(one_url, tmp_path / "other state")) as archive:
        archive.delete([one.id for one in archive.iterate()])
    return one_url


def picky_index(url: str) -> None:
    """Make the index of this archive so that it takes only publishers that are numbers."""
    address = Address.parse(url)
    aliases: dict[str, dict[str, str]] = {
        f"{address.base}-articles": {},
        f"{address.base}-articles-write": {},
    }
    mappings = {"_meta": {"schema_version": SCHEMA_VERSION}, "properties": {"publisher": {"type": "integer"}}}
    with Elasticsearch(address.server) as client:
        client.indices.create(index=f"{address.base}-articles-v1", mappings=mappings, aliases=aliases)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "say `scrapy archive COMMAND`; the commands are count, rebuild, migrate, redrive, copy, kibana"),
        (["burn"], "say `scrapy archive COMMAND`;"),
        (["count", "it"], "say `scrapy archive count`"),
        (["copy", "embedded:"], "say `scrapy archive copy FROM TO`"),
        (["count", "--drop"], "--drop belongs to `scrapy archive migrate [--shards N | --back | --drop]`"),
        (["migrate", "--post", "http://k"], "--post belongs to `scrapy archive kibana [--post URL]`"),
        (["migrate", "--back", "--drop"], "--back and --drop do not go together; give one of them"),
        (["migrate", "--shards", "0"], "--shards must be a number from 1 to 1024, not '0'"),
        (["migrate", "--shards", "many"], "--shards must be a number from 1 to 1024, not 'many'"),
        (["migrate"], "the embedded archive needs no migration; `scrapy archive rebuild` makes its index"),
        (["redrive"], "the embedded archive has no spool and no dead letters; nothing to redrive"),
        (["kibana"], "Kibana does not show the embedded archive; set ARCHIVE_URL to http"),
    ],
)
def test_wrong_arguments(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str], message: str
) -> None:
    assert run(tmp_path, *args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"archive: {message}")
    assert len(captured.err.splitlines()) == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    "args", [["count"], ["rebuild"], ["migrate"], ["redrive"], ["copy", AWAY, "embedded:"]]
)
def test_a_server_that_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str], args: list[str]) -> None:
    assert run(tmp_path, *args, archive_url=AWAY) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("archive: http://127.0.0.1:1 cannot be reached (Connection refused)")


def test_count_and_rebuild(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    for archive_url in ("embedded:", url):
        fill(tmp_path, article("a"), article("b"), url=archive_url)
        assert run(tmp_path, "count", archive_url=archive_url) == 0
        assert capsys.readouterr() == ("2\n", "")
    assert run(tmp_path, "rebuild") == 0
    assert capsys.readouterr().out.startswith("indexed 2 articles in ")


def test_migrate_and_back(tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(tmp_path, article("a"), article("b"), url=url)
    base = Address.parse(url).base
    told: list[tuple[int, str]] = []
    for args in ([], ["--shards", "2"], ["--back"], [], ["--drop"], ["--drop"]):
        code = run(tmp_path, "migrate", *args, archive_url=url)
        out, err = capsys.readouterr()
        told.append((code, out or err))
        if args == ["--shards", "2"]:
            assert "both are written to from now on\n" in err
    version = told[0][1].partition(" ")[0]
    following = f"{base}-articles-v{int(version.rpartition('v')[2]) + 1}"
    assert told[0] == (0, f"{version} is up to date (schema version {SCHEMA_VERSION})\n")
    assert (told[1][0], told[1][1].partition(";")[0]) == (
        0,
        f"{following} is read and written now: 2 articles",
    )
    assert told[2][1].startswith(f"{version} is read and written now: 2 articles")
    assert told[3][1].startswith(f"{following} is read and written now: 2 articles")
    assert told[4] == (0, f"deleted {version}; {following} is read and written\n")
    assert told[5] == (1, f"archive: there is only {following}; nothing to drop\n")
    assert set(kept(tmp_path, url)) == {article("a").id, article("b").id}


def test_migrate_where_nothing_is(
    tmp_path: Path, elasticsearch_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{elasticsearch_url}/nothing-{secrets.token_hex(4)}"
    assert run(tmp_path, "migrate", archive_url=url) == 1
    assert capsys.readouterr().err.startswith(f"archive: there is no archive at {url} yet; ")


def test_redrive_brings_the_spooled_and_tries_the_refused_again(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = spool_folder(tmp_path, Address.parse(url))
    with closing(Spool(folder, max_size=10**6)) as spool:
        spool.add([article("a"), article("b")])
    DeadLetters(folder / "dead-letters.jsonl").add(article("c"), "the disk was full")
    fill(tmp_path / "other state", article("d"), url=url)
    assert run(tmp_path, "count", archive_url=url) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:2] == ["1", "in the spool: 2 (a crawl brings them, or `scrapy archive redrive`)"]
    assert out[2] == (
        f"refused: 1 (see {folder / 'dead-letters.jsonl'}; `scrapy archive redrive` tries them again)"
    )
    done = run_program(tmp_path, "archive", "redrive", ARCHIVE_URL=url)
    assert done.returncode == 0
    assert done.stdout == "brought 2 spooled, kept 1 refused articles, 0 refused again\n"
    assert done.stderr == "2 spooled and 1 refused articles to bring\n"
    assert set(kept(tmp_path, url)) == {article(slug).id for slug in "abcd"}
    assert run(tmp_path, "count", archive_url=url) == 0
    assert capsys.readouterr().out == "4\n"


def test_redrive_where_some_are_refused_again(
    tmp_path: Path, elasticsearch_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{elasticsearch_url}/commands-{secrets.token_hex(4)}"
    picky_index(url)
    try:
        file = spool_folder(tmp_path, Address.parse(url)) / "dead-letters.jsonl"
        letters = DeadLetters(file)
        letters.add(article("a", publisher="Tagblatt"), "no number")
        letters.add(article("b", publisher="12"), "no number")
        assert run(tmp_path, "redrive", archive_url=url) == 1
        told = f"brought 0 spooled, kept 1 refused articles, 1 refused again (see {file})\n"
        assert capsys.readouterr().out == told
        assert json.loads(file.read_text())["article"]["id"] == article("a").id
        with file.open("a") as unreadable:
            unreadable.write('{"article": \n')
        assert run(tmp_path, "redrive", archive_url=url) == 1
        out, err = capsys.readouterr()
        assert "1 refused again" in out
        assert err.splitlines()[-1].startswith(
            f"archive: letters that cannot be read: 1; mend or delete {file} line "
        )
    finally:
        with Elasticsearch(elasticsearch_url) as client:
            client.indices.delete(index=f"{Address.parse(url).base}-articles-v1")


def test_redrive_loses_nothing_while_the_server_is_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = spool_folder(tmp_path, Address.parse(AWAY))
    letters = DeadLetters(folder / "dead-letters.jsonl")
    letters.add(article("c"), "the disk was full")
    with closing(Spool(folder, max_size=10**6)) as spool:
        spool.add([article("a")])
        assert run(tmp_path, "redrive", archive_url=AWAY) == 1
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("; nothing is lost, the same command goes on")
        assert spool.count() == 1
    assert letters.count() == 1


def test_a_copy_there_and_back_as_a_program(tmp_path: Path, url: str) -> None:
    articles = {one.id: one for one in map(article, "abc")}
    fill(tmp_path, *articles.values())
    here = tmp_path / "archive"
    there = run_program(tmp_path, "archive", "copy", "embedded:", url)
    assert (there.returncode, there.stderr) == (0, "")
    counts, verified = there.stdout.splitlines()
    assert counts.startswith("3 copied in ")
    assert counts.endswith(" s: 3 stored")
    assert verified == f"verified: all 3 articles of {here} are in {url}"
    back = run_program(tmp_path, "archive", "copy", url, f"embedded:{tmp_path / 'back'}")
    assert (back.returncode, back.stderr) == (0, "")
    assert kept(tmp_path, f"embedded:{tmp_path / 'back'}") == articles


def test_a_copy_that_was_killed_goes_on(tmp_path: Path, url: str) -> None:
    articles = {one.id: one for one in (article(f"{number}") for number in range(3000))}
    fill(tmp_path, *articles.values())
    arguments = command("archive", "copy", "embedded:", url)
    with (
        closing(open_archive(url, tmp_path, create=False)) as target,
        subprocess.Popen(arguments, cwd=ROOT, env=environment(tmp_path)) as program,
    ):
        while target.count() < 500:
            assert program.poll() is None
            time.sleep(0.02)
        program.send_signal(signal.SIGKILL)
        program.wait(10)
        assert 500 <= target.count() < 3000
    done = run_program(tmp_path, "archive", "copy", "embedded:", url)
    assert done.returncode == 0, done.stderr
    counts, verified = done.stdout.splitlines()
    numbers = {word: int(number) for number, word in map(str.split, counts.partition(": ")[2].split(", "))}
    assert numbers["stored"] > 0
    assert numbers["unchanged"] >= 500
    assert sum(numbers.values()) == 3000
    assert verified.startswith("verified: all 3000 articles")
    assert kept(tmp_path, url) == articles


@pytest.mark.parametrize(
    ("source", "target", "code", "message"),
    [
        ("embedded:{}/nowhere", "embedded:{}/new", 1, "there is no archive in {}/nowhere yet"),
        ("embedded:", "embedded:{}/archive", 2, "FROM and TO are the same archive: {}/archive"),
        ("embedded:", "ftp://there", 1, "ARCHIVE_URL begins with 'ftp', which is not understood"),
        ("embedded:", AWAY, 1, "http://127.0.0.1:1 cannot be reached"),
        ("http://user:secret@127.0.0.1:1/news", "embedded:{}/new", 1, "http://127.0.0.1:1 cannot be reached"),
    ],
)
def test_a_copy_that_cannot_begin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], source: str, target: str, code: int, message: str
) -> None:
    fill(tmp_path, article())
    assert run(tmp_path, "copy", source.format(tmp_path), target.format(tmp_path)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(f"archive: {message.format(tmp_path)}")
    assert "secret" not in line
    assert not (tmp_path / "new").exists()


def test_a_copy_of_an_archive_with_a_spool(
    tmp_path: Path, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(Spool(spool_folder(tmp_path, Address.parse(url)), max_size=10**6)) as spool:
        spool.add([article("a")])
    assert run(tmp_path, "copy", url, f"embedded:{tmp_path / 'new'}") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"archive: articles still in the spool of {url}: 1; bring them with `scrapy")
    assert not (tmp_path / "new").exists()


def test_a_copy_of_which_something_is_refused(
    tmp_path: Path, elasticsearch_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"{elasticsearch_url}/commands-{secrets.token_hex(4)}"
    picky_index(url)
    fill(tmp_path, article("a", publisher="Tagblatt"), article("b", publisher="12"))
    try:
        assert run(tmp_path, "copy", "embedded:", url) == 1
    finally:
        with Elasticsearch(elasticsearch_url) as client:
            client.indices.delete(index=f"{Address.parse(url).base}-articles-v1")
    out, err = capsys.readouterr()
    assert out.endswith(" s: 1 stored, 1 refused\n")
    (line,) = err.splitlines()
    assert line.startswith(f"archive: 1 of 2 not in {url}: {article('a').id} (document_parsing_")
    assert line.endswith("; the same command tries them again")


class TestKibana:
    def test_printed(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(tmp_path, "kibana", archive_url="http://127.0.0.1:1/press") == 0
        lines = capsys.readouterr().out.splitlines()
        titles = {json.loads(line)["attributes"].get("title") for line in lines}
        assert {"press-articles", "press-runs"} <= titles
        assert not any(tmp_path.iterdir())

    def test_posted(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        with serving(FakeKibana()) as server:
            code = run(
                tmp_path, "kibana", "--post", server.url, archive_url=AWAY, ELASTICSEARCH_API_KEY="a2V5"
            )
            assert code == 0
            assert server.headers["authorization"] == "ApiKey a2V5"
            assert len(server.imported) == 7
            assert capsys.readouterr().out == f"imported 7 objects into {server.url}\n"

    def test_that_is_away(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(tmp_path, "kibana", "--post", "http://127.0.0.1:1", archive_url=AWAY) == 1
        assert capsys.readouterr() == (
            "",
            "archive: no answer from http://127.0.0.1:1: no connection; is Kibana running there?\n",
        )
