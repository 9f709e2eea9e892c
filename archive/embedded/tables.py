"""The tables of the store of record, and the longer questions asked of them."""

from archive.database import Layout

_REVISIONS = """
CREATE TABLE IF NOT EXISTS revisions (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    in_language TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (id, revision)
);
CREATE INDEX IF NOT EXISTS revisions_language ON revisions (in_language)
"""
"""Revisions that a newer one has replaced, at the time `valid_until`; the current ones are in `articles`."""

_TABLES = (
    """
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
    + _REVISIONS
)

LAYOUT = Layout(
    "archive",
    version=2,
    tables=_TABLES,
    upgrades={1: _REVISIONS},
    advice="use the program that wrote it, or another ARCHIVE_URL",
)

LANGUAGES = """
WITH RECURSIVE known(code) AS (
    SELECT MIN(in_language) FROM {table}
    UNION ALL
    SELECT (SELECT MIN(in_language) FROM {table} WHERE in_language > code)
    FROM known WHERE code IS NOT NULL
) SELECT code FROM known WHERE code IS NOT NULL
"""
"""One look-up a language instead of a walk over all articles."""

NEAR = """
SELECT a.id, a.url, a.site, a.date_published,
       CAST(f.shared AS REAL) / MIN(a.fingerprint_size, :size) AS overlap
FROM (SELECT article, COUNT(*) AS shared
      FROM fingerprints WHERE fp IN (SELECT value FROM json_each(:hashes))
      GROUP BY article HAVING shared >= :shared) AS f
JOIN articles AS a ON a.number = f.article
WHERE overlap >= :at_least
ORDER BY overlap DESC, a.date_published IS NULL, a.date_published, a.id LIMIT :limit
"""
