import json
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive import database
from archive.embedded.store import Store
from archive.errors import ArchiveBusy, ArchiveError
from tests.archive.samples import article, days


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "a.sqlite")
    yield opened
    opened.close()


def test_change_number_rises_with_what_a_search_could_see(store: Store) -> None:
    assert store.change() == 0
    store.put([article("a"), article("b")])
    assert store.change() == 2
    store.put([article("a", date_fetched=days(1))])
    assert store.change() == 2  # the same text: only the fetch time moved on
    store.put([article("a", "New.", date_fetched=days(2))])
    assert store.change() == 3
    assert store.delete([article("b").id]) == 1
    assert store.change() == 4


def test_changes_come_in_order_and_in_parts(store: Store) -> None:
    store.put([article(slug) for slug in "abcde"])
    store.delete([article("b").id, article("e").id])
    first = store.changes(0, 7, limit=2)
    assert [one.headline for one in first.articles] == ["About a", "About c"]
    assert (first.through, first.deleted) == (3, [])
    rest = store.changes(first.through, 7, limit=2)
    assert [one.headline for one in rest.articles] == ["About d"]
    assert rest.through == 7
    assert set(rest.deleted) == {article("b").id, article("e").id}
    assert store.changes(7, 7, limit=2).articles == []


def test_changes_bring_the_former_revisions_along(store: Store) -> None:
    store.put([article(), article(body="New.", date_fetched=days(1))])
    changes = store.changes(0, 2, limit=9)
    assert [one.revision for one in changes.articles] == [1]
    assert [(one.revision, until) for one, until in changes.formers[article().id]] == [(0, days(1))]
    store.delete([article().id])
    assert store.changes(2, 3, limit=9).formers == {}


def test_pages_go_by_id(store: Store) -> None:
    store.put([article(str(n)) for n in range(450)])
    ids: list[str] = []
    while page := store.after(ids[-1] if ids else ""):
        ids += [one.id for one in page]
    assert ids == sorted({article(str(n)).id for n in range(450)})


def test_languages(store: Store) -> None:
    assert store.languages() == []
    store.put([article(code or "none", in_language=code) for code in ("de", "", "ru", "en", "zh-Hant")])
    store.put([article("more", in_language="de")])
    assert store.languages() == ["", "de", "en", "ru", "zh-Hant"]


def test_names_move_only_from_what_was_read(store: Store) -> None:
    assert store.name("x") == ""
    assert store.swap_name("x", "", "one")
    assert not store.swap_name("x", "", "two")
    assert store.swap_name("x", "one", "two")
    assert store.name("x") == "two"


def test_settings_of_the_file(store: Store, tmp_path: Path) -> None:
    store.put([article()])
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    connection.close()


def test_another_format_is_one_line(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveError, match="is in format 99, this program reads format 2; use"):
        Store(tmp_path / "a.sqlite")


def test_a_file_of_the_former_format_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    made = Store(path)
    made.put([article(), article("b")])
    made.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE revisions")
    connection.execute("PRAGMA user_version = 1")
    for number, record in connection.execute("SELECT number, record FROM articles").fetchall():
        old = json.loads(zlib.decompress(record))
        for name in ("revision", "changes", "date_revised", "date_unpublished"):
            del old[name]
        packed = zlib.compress(json.dumps(old).encode())
        connection.execute("UPDATE articles SET record = ? WHERE number = ?", (packed, number))
    connection.commit()
    connection.close()
    stores = [Store(path), Store(path)]
    assert stores[0].count() == 2
    assert stores[0].put([article(date_fetched=days(1))])[0].outcome == "unchanged"
    assert stores[1].put([article(body="New.", date_fetched=days(2))])[0].revision == 1
    assert [one.date_revised for one in stores[0].revisions(article().id)] == [days(0), days(2)]
    for store in stores:
        store.close()


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"this is not an archive " * 100)
    with pytest.raises(ArchiveError, match="is damaged .file is not a database."):
        Store(tmp_path / "a.sqlite")


def test_a_lock_held_too_long_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    store = Store(tmp_path / "a.sqlite")
    other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveBusy, match="another process"):
        store.put([article()])
    assert store.count() == 0  # readers are not held up
    other.execute("ROLLBACK")
    other.close()
    assert store.put([article()])[0].outcome == "stored"
    store.close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.sqlite")
    store.close()
    store.close()
    with pytest.raises(ArchiveError, match="is closed"):
        store.count()
