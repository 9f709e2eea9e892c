"""The store of record: articles in SQLite, written by many processes at once.

Every write that a search could see raises one change number; the index (follower.py) follows by it.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from archive.article import Article
from archive.base import NEAR_MIN, Near, PutResult
from archive.database import Database, transaction
from archive.embedded.tables import LANGUAGES, LAYOUT, NEAR
from archive.records import Refused, check, pack, signed, unpack
from archive.revisions import Decision, decide, first_seen

PAGE = 200
"""Articles read at a time where all are read."""

Former = tuple[Article, datetime]
"""A revision that was replaced, and when."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after one change number."""

    articles: list[Article]
    formers: dict[str, list[Former]]
    """All former revisions of these articles, by id."""
    deleted: list[str]
    """Ids of articles that were deleted; those put again since are among `articles` here or later."""
    through: int
    """All changes up to this number are in here."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a put needs to know of the article that is kept already."""

    number: int
    article: Article


class Store:
    """The SQLite file of one archive."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, LAYOUT)

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
            decision = decide(kept.article if kept else None, article)
            if decision.outcome == "unchanged" and kept and kept.article.digest == article.digest:
                change = _touch(connection, kept, decision.article, change)
            elif decision.outcome != "older":
                change += 1
                _write(connection, kept, decision, change)
        except Refused as refusal:
            return PutResult(str(article.id), "refused", str(refusal)), change
        return PutResult(article.id, decision.outcome, revision=decision.article.revision), change

    def get_many(self, ids: Sequence[str]) -> dict[str, Article]:
        """The articles of those ids that are kept."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT id, record FROM articles WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            ).fetchall()
        return {article_id: unpack(record) for article_id, record in rows}

    def revisions(self, article_id: str) -> list[Article]:
        """All revisions of an article, the oldest first; none if it is not kept."""
        with self._database.connection() as connection, transaction(connection, "DEFERRED"):
            kept = _kept(connection, article_id)
            formers = _formers(connection, [article_id]) if kept else {}
        return [*(former for former, _ in formers.get(article_id, [])), kept.article] if kept else []

    def get_revisions(self, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Article]:
        """Those of the revisions, current or former, that are kept."""
        with self._database.connection() as connection, transaction(connection, "DEFERRED"):
            ids = json.dumps([article_id for article_id, _ in keys])
            rows = connection.execute(
                "SELECT record FROM articles WHERE id IN (SELECT value FROM json_each(:ids)) UNION ALL"
                " SELECT record FROM revisions WHERE id IN (SELECT value FROM json_each(:ids))",
                {"ids": ids},
            ).fetchall()
        found = {(one.id, one.revision): one for one in (unpack(record) for (record,) in rows)}
        return {key: found[key] for key in keys if key in found}

    def after(self, article_id: str) -> list[Article]:
        """The next `PAGE` articles in the order of their ids."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT record FROM articles WHERE id > ? ORDER BY id LIMIT ?", (article_id, PAGE)
            ).fetchall()
        return [unpack(record) for (record,) in rows]

    def delete(self, ids: Sequence[str]) -> int:
        """Forget the articles with all their revisions; the number that were kept."""
        with self._database.connection() as connection, transaction(connection):
            change = first = _change(connection)
            for article_id in ids:
                kept = _kept(connection, article_id)
                if kept is None:
                    continue
                change += 1
                _forget_fingerprint(connection, kept)
                connection.execute("DELETE FROM articles WHERE number = ?", (kept.number,))
                connection.execute("DELETE FROM revisions WHERE id = ?", (article_id,))
                connection.execute("INSERT OR REPLACE INTO deleted VALUES (?, ?)", (article_id, change))
            connection.execute("UPDATE counters SET value = ? WHERE name = 'change'", (change,))
        return change - first

    def count(self) -> int:
        """Number of articles kept."""
        with self._database.connection() as connection:
            return int(connection.execute("SELECT COUNT(*) FROM articles").fetchone()[0])

    def languages(self, *, formers: bool = False) -> list[str]:
        """The languages that articles (and `formers`) are in, "" among them where one's is not known."""
        tables = ("articles", "revisions") if formers else ("articles",)
        with self._database.connection() as connection:
            found = {
                code for table in tables for (code,) in connection.execute(LANGUAGES.format(table=table))
            }
        return sorted(found)

    def near(self, fingerprint: Sequence[int], *, at_least: float, limit: int) -> list[Near]:
        """Articles that share this share of the smaller fingerprint, and `NEAR_MIN` hashes."""
        hashes = sorted({signed(value) for value in fingerprint})
        values = {"hashes": json.dumps(hashes), "size": len(hashes), "shared": NEAR_MIN}
        with self._database.connection() as connection:
            rows = connection.execute(NEAR, {**values, "at_least": at_least, "limit": limit}).fetchall()
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
            articles = [unpack(record) for _, record in rows]
            formers = _formers(connection, [one.id for one in articles if one.revision])
        return Changes(articles, formers, [article_id for (article_id,) in gone], through)

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
    row = connection.execute("SELECT number, record FROM articles WHERE id = ?", (article_id,)).fetchone()
    return _Kept(row[0], unpack(row[1])) if row else None


def _formers(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, list[Former]]:
    """Former revisions by article, the oldest first."""
    rows = connection.execute(
        "SELECT id, record, valid_until FROM revisions WHERE id IN (SELECT value FROM json_each(?))"
        " ORDER BY id, revision",
        (json.dumps(list(ids)),),
    )
    found: dict[str, list[Former]] = {}
    for article_id, record, until in rows:
        found.setdefault(article_id, []).append((unpack(record), datetime.fromisoformat(until)))
    return found


def _touch(connection: sqlite3.Connection, kept: _Kept, new: Article, change: int) -> int:
    """Note that a fetch brought the same text again; only what a search can see is a new change."""
    record = pack(new)
    if (new.relations, new.copy_of) != (kept.article.relations, kept.article.copy_of):
        change += 1
        connection.execute("UPDATE articles SET change = ? WHERE number = ?", (change, kept.number))
    connection.execute(
        "UPDATE articles SET record = ?, date_fetched = ? WHERE number = ?",
        (record, new.date_fetched.isoformat(), kept.number),
    )
    return change


def _write(connection: sqlite3.Connection, kept: _Kept | None, decision: Decision, change: int) -> None:
    """Insert the article, or put it in the place of the kept one, which may become a former revision."""
    article = decision.article
    record = pack(article)
    if decision.former:
        _write_former(connection, decision.former, first_seen(article))
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


def _write_former(connection: sqlite3.Connection, former: Article, until: datetime) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?)",
        (former.id, former.revision, former.in_language, until.astimezone(UTC).isoformat(), pack(former)),
    )


def _forget_fingerprint(connection: sqlite3.Connection, kept: _Kept) -> None:
    connection.executemany(
        "DELETE FROM fingerprints WHERE fp = ? AND article = ?",
        ((signed(value), kept.number) for value in set(kept.article.fingerprint)),
    )
