import asyncio
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.embedded import follower
from archive.embedded.archive import EmbeddedArchive
from archive.embedded.schema import INDEX_FORMAT, open_index
from archive.errors import ArchiveBusy, ArchiveError, BadQuery
from archive.query import parse_query
from tests.archive.samples import article, days


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[EmbeddedArchive]:
    opened = EmbeddedArchive(tmp_path)
    asyncio.run(opened.put([article(f"a{n}", f"gnu number{n}") for n in range(30)]))
    yield opened
    opened.close()


def found(archive: EmbeddedArchive, words: str = "gnu") -> int:
    return archive.search(parse_query(words)).total


def index_folder(folder: Path) -> Path:
    (only,) = folder.glob("index-*")
    return only


def test_a_missing_index_is_made_anew(archive: EmbeddedArchive, tmp_path: Path) -> None:
    assert found(archive) == 30
    archive.close()
    shutil.rmtree(index_folder(tmp_path))
    again = EmbeddedArchive(tmp_path)
    assert found(again) == 30
    again.close()


@pytest.mark.parametrize("suffix", ["meta.json", ".idx", ".term", ".pos", ".store", ".fast", ".fieldnorm"])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "overwritten"])
def test_a_damaged_index_is_made_anew(
    archive: EmbeddedArchive, tmp_path: Path, suffix: str, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert found(archive) == 30
    archive.close()
    for path in index_folder(tmp_path).glob(f"*{suffix}"):
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(
                {"empty": b"", "cut": content[: len(content) // 2], "overwritten": b"\0" * 50}[damage]
            )
    again = EmbeddedArchive(tmp_path)
    assert found(again) == 30
    assert found(again, '"gnu number7" date:* OR number7') == 1
    again.close()


def test_an_index_of_another_format_is_left_alone(
    archive: EmbeddedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(archive) == 30
    archive.close()
    monkeypatch.setattr(follower, "_KEY", "index-99")
    again = EmbeddedArchive(tmp_path)
    assert found(again) == 30
    again.close()
    assert len(list(tmp_path.glob("index-99-*"))) == 1
    assert len(list(tmp_path.glob(f"index-{INDEX_FORMAT}-*"))) == 1


def test_an_older_copy_of_the_store_makes_the_index_anew(archive: EmbeddedArchive, tmp_path: Path) -> None:
    assert found(archive) == 30
    archive.close()
    copy = tmp_path / "copy.sqlite"
    shutil.copy(tmp_path / "articles.sqlite", copy)
    later = EmbeddedArchive(tmp_path)
    asyncio.run(later.put([article("late", "gnu late")]))
    assert found(later) == 31
    later.close()
    shutil.copy(copy, tmp_path / "articles.sqlite")
    again = EmbeddedArchive(tmp_path)
    assert found(again) == 30
    assert found(again, "late") == 0
    again.close()


def test_rebuild(archive: EmbeddedArchive, tmp_path: Path) -> None:
    before = found(archive) and index_folder(tmp_path)
    assert archive.rebuild_index() == 30
    assert index_folder(tmp_path) != before
    asyncio.run(archive.put([article("late", "gnu late")]))
    assert found(archive) == 31
    empty = EmbeddedArchive(tmp_path / "empty")
    assert empty.rebuild_index() == 0
    empty.close()


def test_former_revisions_follow_through_deletion_and_rebuild(archive: EmbeddedArchive) -> None:
    def then() -> list[str]:
        hits = archive.search(parse_query("as_of:2022-09-01 number1 OR late"), limit=50).hits
        return [hit.article.article_body for hit in hits]

    asyncio.run(archive.put([article("a1", "late gnu", date_fetched=days(2))]))
    assert then() == ["gnu number1"]
    archive.rebuild_index()
    assert then() == ["gnu number1"]
    archive.delete([article("a1").id])
    asyncio.run(archive.put([article("a1", "late gnu", date_fetched=days(2))]))
    assert then() == []  # the index had not heard of the deletion when it was put again
    assert found(archive, "late") == 1


def test_an_open_archive_follows_a_rebuild_by_another(archive: EmbeddedArchive, tmp_path: Path) -> None:
    assert found(archive) == 30
    other = EmbeddedArchive(tmp_path)
    other.rebuild_index()
    asyncio.run(other.put([article("late", "gnu late")]))
    other.close()
    assert found(archive) == 31


def test_put_never_waits_for_the_index_and_a_search_does(
    archive: EmbeddedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(archive) == 30
    writer = open_index(index_folder(tmp_path)).writer(15_000_000, 1)
    asyncio.run(archive.put([article("late", "gnu late")]))
    assert archive.count() == 31
    monkeypatch.setattr(follower, "WAIT_SECONDS", 0.1)
    with pytest.raises(ArchiveBusy, match="another process has been indexing"):
        found(archive)
    monkeypatch.setattr(follower, "WAIT_SECONDS", 10)
    threading.Timer(0.2, writer.wait_merging_threads).start()
    assert found(archive) == 31


def test_a_search_that_misses_nothing_needs_no_lock(archive: EmbeddedArchive, tmp_path: Path) -> None:
    assert found(archive) == 30
    writer = open_index(index_folder(tmp_path)).writer(15_000_000, 1)
    assert found(archive) == 30
    writer.wait_merging_threads()


def test_the_index_follows_while_articles_come_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.embedded.archive.FOLLOW_EVERY", 10)
    monkeypatch.setattr(follower, "COMMIT_EVERY", 7)
    archive = EmbeddedArchive(tmp_path)

    async def crawl() -> None:
        for n in range(30):
            await archive.put([article(f"{n}", "gnu", date_fetched=days(0)), article("again", f"gnu {n}")])

    asyncio.run(crawl())
    archive.close()
    index = open_index(index_folder(tmp_path))
    assert index.searcher().num_docs == 30 + 30 + 1  # articles, the revisions of one, and the marker


def test_what_the_machine_forbids_is_one_line(
    archive: EmbeddedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(archive) == 30
    before = index_folder(tmp_path)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(follower, "_through", full)
    with pytest.raises(ArchiveError, match="No space left on device"):
        found(archive)
    assert index_folder(tmp_path) == before  # a new index would fare no better


def test_left_over_folders_are_swept(
    archive: EmbeddedArchive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index-1-dead").mkdir()
    archive.rebuild_index()
    assert (tmp_path / "index-1-dead").exists()  # it might be another's, half made
    monkeypatch.setattr(follower, "ORPHAN_SECONDS", -1)
    archive.rebuild_index()
    assert index_folder(tmp_path).name != "index-1-dead"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30))
def test_no_query_is_taken_for_damage(archive: EmbeddedArchive, tmp_path: Path, words: str) -> None:
    found(archive)
    before = index_folder(tmp_path)
    for text in (words, f'"{words}"', f"{words}*", f"author:({words})"):
        try:
            query = parse_query(text)
        except BadQuery:
            continue
        archive.search(query)
        archive.search(parse_query("*"), sort="date", offset=7)
    assert index_folder(tmp_path) == before
