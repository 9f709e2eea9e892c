"""The tables of the ledger and the records that go in and out.

Times are ISO 8601 text in UTC, which sorts as it should in every database.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from archive.clock import now
from archive.url import host_of

SCHEMA_VERSION = 1
metadata = sa.MetaData()

urls = sa.Table(
    "urls",
    metadata,
    sa.Column("key", sa.Text, primary_key=True, comment="archive.url.ledger_key of the announced URL"),
    sa.Column("url", sa.Text, nullable=False, comment="the URL as first announced"),
    sa.Column("host", sa.Text, nullable=False, comment="its host name"),
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
    sa.Column("tries", sa.Integer, nullable=False, comment="failed fetches so far"),
    sa.Column("due_at", sa.Text, nullable=False, comment="not to be leased before"),
    sa.Column("settled_at", sa.Text),
    sa.Column("article_id", sa.Text),
    sa.Column("warc_file", sa.Text),
    sa.Column("warc_offset", sa.Integer),
    sa.Column("warc_sha256", sa.Text),
    sa.Index("urls_state", "state", "due_at"),
    sa.Index("urls_owner", "owner"),
)

wanted = sa.Table(
    "wanted",
    metadata,
    sa.Column("job", sa.Text, primary_key=True, comment="whose work the URL is while it is pending"),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("depth", sa.Integer, nullable=False, comment="0 for a list, n for the n-th link from one"),
    sa.Column("priority", sa.Float, nullable=False, comment="higher is fetched first"),
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
    sa.Column("url", sa.Text, primary_key=True, comment="a feed, sitemap or front page"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("polled_at", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False, comment="HTTP status, 0 without an answer"),
    sa.Column("announced", sa.Integer, nullable=False, comment="pages it named"),
    sa.Column("problem", sa.Text, nullable=False),
)

Outcome = Literal["archived", "duplicate", "robots", "wall", "not_article", "gone", "error"]
"""What may become of a URL; the reason says more, such as `consent_wall` or `http_503`."""
OUTCOMES: tuple[str, ...] = get_args(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A URL to announce, and what is known of it."""

    url: str
    source: str = ""
    headline: str = ""
    date_published: datetime | None = None
    depth: int = 0
    priority: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger knew of an announced URL."""

    key: str
    state: str
    """`new`, `pending`, `leased`, or an outcome."""
    article_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to fetch one URL and settle it."""

    key: str
    attempt: int
    work: Work


def new_row(key: str, work: Work) -> dict[str, Any]:
    """The row of a URL that is announced for the first time."""
    return {
        "key": key,
        "url": work.url,
        "host": host_of(work.url),
        "source": work.source,
        "announced_at": text_of(now()),
        "headline": work.headline,
        "date_published": work.date_published and text_of(work.date_published),
        "state": "pending",
        "reason": "",
        "attempt": 0,
        "tries": 0,
        "due_at": text_of(now()),
    }


def work_of(row: sa.Row[Any]) -> Work:
    """What the row says of its URL."""
    return Work(
        url=row.url,
        source=row.source,
        headline=row.headline,
        date_published=datetime.fromisoformat(row.date_published) if row.date_published else None,
        depth=row.depth,
        priority=row.priority,
    )


def text_of(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds: sorts as text."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")
