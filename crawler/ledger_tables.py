"""The tables of the ledger.

Times are ISO 8601 text in UTC, which sorts as it should in every database. Hosts and jobs are numbers in the
large tables, so that a million URLs stay small.
"""

import sqlalchemy as sa

SCHEMA_VERSION = 2
metadata = sa.MetaData()

version = sa.Table("ledger_version", metadata, sa.Column("version", sa.Integer, nullable=False))

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)

hosts = sa.Table(
    "hosts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("owner", sa.Text, comment="the one run that may send requests to it now"),
    sa.Column("since", sa.Text, comment="when the owner took it"),
    sa.Column("delay", sa.Float, nullable=False, comment="seconds between two requests, as its owner has it"),
    sa.Column("next_allowed_at", sa.Text, nullable=False, comment="not to be taken before"),
)

urls = sa.Table(
    "urls",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column(
        "key", sa.Text, nullable=False, unique=True, comment="archive.url.ledger_key of the announced URL"
    ),
    sa.Column("url", sa.Text, nullable=False, comment="the URL as first announced"),
    sa.Column("host_id", sa.Integer, nullable=False),
    sa.Column("source", sa.Text, nullable=False, comment="name of the source that announced it"),
    sa.Column("announced_at", sa.Text, nullable=False),
    sa.Column("headline", sa.Text, nullable=False),
    sa.Column("date_published", sa.Text, comment="as announced"),
    sa.Column("state", sa.Text, nullable=False, comment="pending, leased or an outcome"),
    sa.Column(
        "reason", sa.Text, nullable=False, comment="more about the outcome, or the last passing failure"
    ),
    sa.Column("owner", sa.Text, comment="run that holds the lease"),
    sa.Column("attempt", sa.Integer, nullable=False, comment="number of leases so far"),
    sa.Column(
        "tries", sa.Integer, nullable=False, comment="failed fetches so far, since the last that was none"
    ),
    sa.Column("due_at", sa.Text, comment="not to be leased before; empty: never again"),
    sa.Column("settled_at", sa.Text),
    sa.Column("article_id", sa.Text),
    sa.Column("warc_file", sa.Text),
    sa.Column("warc_offset", sa.Integer),
    sa.Column("warc_sha256", sa.Text),
    sa.Column("etag", sa.Text, comment="of the response that was read last"),
    sa.Column("last_modified", sa.Text),
    sa.Column("last_check", sa.Text, comment="unchanged, revised, gone or error: how the last check ended"),
    sa.Column("checked_at", sa.Text),
    sa.Column("checks", sa.Integer, nullable=False, comment="checks after the first fetch"),
    sa.Column("text_length", sa.Integer, comment="characters of the article when it was first archived"),
    sa.Column("has_date", sa.Integer, comment="1: its page gave a date; 0: not"),
    sa.Column("has_author", sa.Integer),
    sa.Column("has_image", sa.Integer),
)
_owned = urls.c.owner.is_not(None)
sa.Index("urls_owner", urls.c.owner, sqlite_where=_owned, postgresql_where=_owned)
TO_CHECK = sa.and_(urls.c.state == sa.literal_column("'archived'"), urls.c.due_at.is_not(None))
"""Archived URLs that fall due again; a literal, as SQLite takes no partial index for a bound value."""
sa.Index("urls_to_check", urls.c.host_id, urls.c.due_at, sqlite_where=TO_CHECK, postgresql_where=TO_CHECK)

wanted = sa.Table(
    "wanted",
    metadata,
    sa.Column("url_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("job_id", sa.Integer, primary_key=True, comment="whose work the URL is"),
    sa.Column("host_id", sa.Integer, nullable=False),
    sa.Column("open", sa.Integer, nullable=False, comment="1 while the URL is pending or leased, then 0"),
    sa.Column("depth", sa.Integer, nullable=False, comment="0 for a list, n for the n-th link from one"),
    sa.Column("priority", sa.Float, nullable=False, comment="higher is fetched first"),
    sqlite_with_rowid=False,
)
OPEN = wanted.c.open == sa.literal_column("1")
"""Pending or leased URLs of a job."""
sa.Index(
    "wanted_open",
    wanted.c.job_id,
    wanted.c.host_id,
    wanted.c.priority.desc(),
    wanted.c.url_id,
    sqlite_where=OPEN,
    postgresql_where=OPEN,
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("job", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("heartbeat_at", sa.Text, nullable=False),
    sa.Column("ended_at", sa.Text),
    sa.Column("finish_reason", sa.Text),
)

polls = sa.Table(
    "polls",
    metadata,
    sa.Column("job_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("url", sa.Text, primary_key=True, comment="a feed, sitemap or front page"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("depth", sa.Integer, nullable=False, comment="lists above it: sitemap indexes, robots.txt"),
    sa.Column("owner", sa.Text, comment="run that reads it now"),
    sa.Column("polled_at", sa.Text, comment="empty: not answered yet"),
    sa.Column("status", sa.Integer, nullable=False, comment="HTTP status, 0 without an answer"),
    sa.Column("announced", sa.Integer, nullable=False, comment="pages it named"),
    sa.Column("new", sa.Integer, nullable=False, comment="of these, not known before"),
    sa.Column("new_at", sa.Text, comment="when it last named a page that was not known before"),
    sa.Column("problem", sa.Text, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False, comment="failed polls in a row"),
    sa.Column("interval", sa.Float, comment="seconds until the next poll, as adapted so far"),
    sa.Column("due_at", sa.Text, nullable=False),
    sa.Column("etag", sa.Text),
    sa.Column("last_modified", sa.Text),
)
