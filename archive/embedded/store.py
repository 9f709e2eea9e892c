"""The store of record: articles in SQLite, written by many processes at once.

Every write that a search could see raises one change number; the index (follower.py) follows by it.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from archive.article import Article
from archive.base import NEAR_MIN, Near, PutResult
from archive.database import Database, Layout, transaction
from archive.records import Refused, check, merged, pack, signed, unpack

PAGE = 200
"""Articles read at a time where all are read."""

_TABLES = """
CREATE TABLE IF NOT EXISTS articles (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    change INTEGER NOT NULL UNIQUE,
    digest TEXT NOT NULL,
    date_fetched TEXT NOT NULL,
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    in_language TEXT NOT NULL,
    date_published TEXT,
    fingerprint_size INTEGER NOT NULL,
    record BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS articles_language ON articles (in_language);
CREATE TABLE IF NOT EXISTS fingerprints (
    fp INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (fp, article)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deleted (id TEXT PRIMARY KEY, change INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS deleted_change ON deleted (change);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS names (name TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT OR IGNORE INTO counters VALUES ('change', 0);
"""

_LAYOUT = Layout(
    "archive",
    version=1,
    tables=_TABLES,
    advice="use the program that wrote it, or another ARCHIVE_URL",
)

_LANGUAGES = """
WITH RECURSIVE known(code) AS (
    SELECT MIN(in_language) FROM articles
    UNION ALL
    SELECT (SELECT MIN(in_language) FROM articles WHERE in_language > code)
    FROM known WHERE code IS NOT NULL
) SELECT code FROM known WHERE code IS NOT NULL
"""
"""One look-up a language instead of a walk over all articles."""

_NEAR = """
SELECT a.id, a.url, a.site, a.date_published,
       CAST(f.shared AS REAL) / MIN(a.fingerprint_size, :size) AS overlap
FROM (SELECT article, COUNT(*) AS shared
      FROM fingerprints WHERE fp IN (SELECT value FROM json_each(:hashes))
      GROUP BY article HAVING shared >= :shared) AS f
JOIN articles AS a ON a.number = f.article
WHERE overlap >= :at_least
ORDER BY overlap DESC, a.date_published IS NULL, a.date_published, a.id LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after one change number."""

    articles: list[Article]
    deleted: list[str]
    """Ids of articles that are gone."""
    through: int
    """All changes up to this number are in here."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a put needs to know of the article that is kept already."""

    number: int
    digest: str
    article: Article


class Store:
    """The SQLite file of one archive."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _LAYOUT)

    def put(self, batch: Sequence[Article]) -> list[PutResult]:
        """Keep the articles in one transaction; they are on disk when it returns."""
        with self._database.connection() as connection, transaction(connection):
            change = _change(connection)
            results = []
            for article in batch:
                result, change = self._put_one(connection, article, change)
                results.append(result)
            connection.execute("UPDATE counters SET value = ? WHERE name = 'change'", (change,))
        return results

    def _put_one(
        self, connection: sqlite3.Connection, article: Article, change: int
    ) -> tuple[PutResult, int]:
        """Keep one article; the last change number used after it."""
        try:
            check(article)
            kept = _kept(connection, article.id)
            if kept and kept.digest == article.digest:
                return PutResult(article.id, "unchanged"), _touch(connection, kept, article, change)
            if kept and article.date_fetched < kept.article.date_fetched:
                return PutResult(article.id, "older"), change
            _write(connection, kept, article, change + 1)
        except Refused as refusal:
            return PutResult(str(article.id), "refused", str(refusal)), change
        return PutResult(article.id, "stored"), change + 1

    def get_many(self, ids: Sequence[str]) -> dict[str, Article]:
        """The articles of those ids that are kept."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT id, record FROM articles WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            ).fetchall()
        return {article_id: unpack(record) for article_id, record in rows}

    def after(self, article_id: str) -> list[Article]:
        """The next `PAGE` articles in the order of their ids."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT record FROM articles WHERE id > ? ORDER BY id LIMIT ?", (article_id, PAGE)
            ).fetchall()
        return [unpack(record) for (record,) in rows]

    def delete(self, ids: Sequence[str]) -> int:
        """Forget the articles; the number that were kept."""
        with self._database.connection() as connection, transaction(connection):
            change = first = _change(connection)
            for article_id in ids:
                kept = _kept(connection, article_id)
                if kept is None:
                    continue
                change += 1
                _forget_fingerprint(connection, kept)
                connection.execute("DELETE FROM articles WHERE number = ?", (kept.number,))
                connection.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?)", (article_id, change))
            connection.execute("UPDATE counters SET value = ? WHERE name = 'change'", (change,))
        return change - first

    def count(self) -> int:
        """Number of articles kept."""
        with self._database.connection() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM articles").fetchone()[0])

    def languages(self) -> list[str]:
        """The languages that articles are in, "" among them where one's is not known."""
        with self._database.connection() as connection:
            return [code for (code,) in connection.execute(_LANGUAGES)]

    def near(self, fingerprint: Sequence[int], *, at_least: float, limit: int) -> list[Near]:
        """Articles that share this share of the smaller fingerprint, and `NEAR_MIN` hashes."""
        hashes = sorted({signed(value) for value in fingerprint})
        values = {"hashes": json.dumps(hashes), "size": len(hashes), "shared": NEAR_MIN}
        with self._database.connection() as connection:
            rows = connection.execute(_NEAR, {**values, "at_least": at_least, "limit": limit}).fetchall()
        return [
            Near(
                article_id=article_id,
                url=url,
                site=site,
                overlap=overlap,
                date_published=datetime.fromisoformat(published) if published else None,
            )
            for article_id, url, site, published, overlap in rows
        ]

    def change(self) -> int:
        """The number of the last change."""
        with self._database.connection() as connection:
            return _change(connection)

    def changes(self, after: int, upto: int, *, limit: int) -> Changes:
        """At most `limit` changed articles, and what was deleted meanwhile, in the order of their changes."""
        with self._database.connection() as connection, transaction(connection, "DEFERRED"):
            rows = connection.execute(
                "SELECT change, record FROM articles"
                " WHERE change > ? AND change <= ? ORDER BY change LIMIT ?",
                (after, upto, limit),
            ).fetchall()
            through = rows[-1][0] if len(rows) == limit else upto
            gone = connection.execute(
                "SELECT id FROM deleted WHERE change > ? AND change <= ?", (after, through)
            ).fetchall()
        return Changes(
            [unpack(record) for _, record in rows], [article_id for (article_id,) in gone], through
        )

    def name(self, key: str) -> str:
        """A name kept beside the articles, such as the index's folder; "" where there is none."""
        with self._database.connection() as connection:
            row = connection.execute("SELECT value FROM names WHERE name = ?", (key,)).fetchone()
        return row[0] if row else ""

    def swap_name(self, key: str, old: str, new: str) -> bool:
        """Change the name if it is still `old`; whether it was."""
        with self._database.connection() as connection, transaction(connection):
            row = connection.execute("SELECT value FROM names WHERE name = ?", (key,)).fetchone()
            if (row[0] if row else "") != old:
                return False
            connection.execute("INSERT OR REPLACE INTO names VALUES (?, ?)", (key, new))
        return True

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()


def _change(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT value FROM counters WHERE name = 'change'").fetchone()[0])


def _kept(connection: sqlite3.Connection, article_id: str) -> _Kept | None:
    row = connection.execute(
        "SELECT number, digest, record FROM articles WHERE id = ?", (article_id,)
    ).fetchone()
    return _Kept(row[0], row[1], unpack(row[2])) if row else None


def _touch(connection: sqlite3.Connection, kept: _Kept, article: Article, change: int) -> int:
    """Note that a fetch brought the same text again; only what a search can see is a new change."""
    new = merged(kept.article, article)
    record = pack(new)
    if (new.relations, new.copy_of) != (kept.article.relations, kept.article.copy_of):
        change += 1
        connection.execute("UPDATE articles SET change = ? WHERE number = ?", (change, kept.number))
    connection.execute(
        "UPDATE articles SET record = ?, date_fetched = ? WHERE number = ?",
        (record, new.date_fetched.isoformat(), kept.number),
    )
    return change


def _write(connection: sqlite3.Connection, kept: _Kept | None, article: Article, change: int) -> None:
    """Insert the article, or put it in the place of the kept one, whose other relations it inherits."""
    if kept:
        article = replace(article, relations=merged(kept.article, article).relations)
    record = pack(article)
    if kept:
        _forget_fingerprint(connection, kept)
    published = article.date_published and article.date_published.astimezone(UTC).isoformat()
    hashes = {signed(value) for value in article.fingerprint}
    fields = (article.id, change, article.digest, article.date_fetched.isoformat(), article.url, article.site)
    cursor = connection.execute(
        "INSERT OR REPLACE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (kept.number if kept else None, *fields, article.in_language, published, len(hashes), record),
    )
    number = cursor.lastrowid
    connection.executemany(
        "INSERT OR IGNORE INTO fingerprints VALUES (?, ?)", ((fp, number) for fp in hashes)
    )
    connection.execute("DELETE FROM deleted WHERE id = ?", (article.id,))


def _forget_fingerprint(connection: sqlite3.Connection, kept: _Kept) -> None:
    connection.executemany(
        "DELETE FROM fingerprints WHERE fp = ? AND article = ?",
        ((signed(value), kept.number) for value in set(kept.article.fingerprint)),
    )
