"""What goes into the ledger and comes out of it."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from archive.article import RawPage
from archive.clock import now

Outcome = Literal["archived", "duplicate", "robots", "wall", "not_article", "gone", "error"]
"""What may become of a URL; the reason says more, such as `consent_wall` or `http_503`."""
OUTCOMES: tuple[str, ...] = get_args(Outcome)

CheckResult = Literal["unchanged", "revised", "gone", "error"]
"""How a later check of an archived URL may end; its outcome stays `archived`."""
CHECK_RESULTS: tuple[str, ...] = get_args(CheckResult)


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
class Validators:
    """What a server can be asked with whether a page has changed (RFC 9110, section 13)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to fetch one URL and to settle it."""

    id: int
    key: str
    owner: str
    """The run that holds it."""
    attempt: int
    host: str
    work: Work
    check: bool = False
    """Whether the URL is archived already and is only looked at again."""
    article_id: str | None = None
    """The archived article, of a check."""
    checks: int = 0
    """Checks so far."""
    settled_at: datetime | None = None
    """When the URL got its outcome, of a check."""
    raw: RawPage | None = None
    """The raw page that was kept last, of a check."""
    validators: Validators = Validators()
    """Of the response that was read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The answer to a wish for leases."""

    leases: tuple[Lease, ...] = ()
    more_at: datetime | None = None
    """When to ask again, as hosts rest or are another run's; None: nothing else is due, or all were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found on a page when it was first archived, for the alarm on extraction drift."""

    text_length: int
    """Characters."""
    has_date: bool
    """Whether the page's own markup or text gave the publication time."""
    has_author: bool
    has_image: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a settled URL leaves behind."""

    article_id: str | None = None
    raw: RawPage | None = None
    validators: Validators | None = None
    due_at: datetime | None = None
    """When the page is to be looked at again; None: never."""
    found: Found | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One feed, sitemap, front page or robots.txt to read, and what is remembered of it."""

    url: str
    kind: Literal["feed", "sitemap", "front_page", "robots"]
    source: str
    depth: int = 0
    """Sitemap indexes above it."""
    validators: Validators = Validators()
    """Of its last answer that was read."""
    interval: float | None = None
    """Seconds between two polls, as adapted so far; None before the first."""
    failures: int = 0
    """Failed polls in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPolls:
    """The answer to a wish for lists."""

    polls: tuple[Poll, ...] = ()
    """These are the run's to read now."""
    not_due: tuple[Poll, ...] = ()
    """These were read not long ago."""
    waiting: tuple[Poll, ...] = ()
    """The hosts of these are another run's or rest."""
    more_at: datetime | None = None
    """When to ask again for the waiting ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollAnswer:
    """How a list answered."""

    status: int
    announced: int = 0
    new: int = 0
    problem: str = ""
    validators: Validators | None = None
    """None: those before still hold."""
    interval: float | None
    """Seconds, for the next adaptation."""
    due_at: datetime
    failures: int = 0


def text_of(time: datetime) -> str:
    """ISO 8601 in UTC with microseconds: sorts as text."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def new_row(key: str, host_id: int, work: Work) -> dict[str, Any]:
    """The row of a URL that is announced for the first time."""
    moment = text_of(now())
    return {
        "key": key,
        "url": work.url,
        "host_id": host_id,
        "source": work.source,
        "announced_at": moment,
        "headline": work.headline,
        "date_published": work.date_published and text_of(work.date_published),
        "state": "pending",
        "reason": "",
        "attempt": 0,
        "tries": 0,
        "due_at": moment,
        "checks": 0,
    }


def lease_of(row: sa.Row[Any], owner: str) -> Lease:
    """The lease of the URL in this row, which is about to be leased to the owner."""
    raw = None
    if row.warc_file is not None:
        raw = RawPage(file=row.warc_file, offset=row.warc_offset, sha256=row.warc_sha256)
    work = Work(
        url=row.url,
        source=row.source,
        headline=row.headline,
        date_published=datetime.fromisoformat(row.date_published) if row.date_published else None,
        depth=row.depth,
        priority=row.priority,
    )
    return Lease(
        id=row.id,
        key=row.key,
        owner=owner,
        attempt=row.attempt + 1,
        host=row.host,
        work=work,
        check=row.state == "archived",
        article_id=row.article_id,
        checks=row.checks,
        settled_at=datetime.fromisoformat(row.settled_at) if row.settled_at else None,
        raw=raw,
        validators=Validators(etag=row.etag or "", last_modified=row.last_modified or ""),
    )


def evidence_row(evidence: Evidence) -> dict[str, Any]:
    """The columns that evidence fills; what it lacks stays as it is, but for `due_at`."""
    values: dict[str, Any] = {"due_at": evidence.due_at and text_of(evidence.due_at)}
    if evidence.article_id:
        values["article_id"] = evidence.article_id
    if evidence.raw:
        raw = evidence.raw
        values |= {"warc_file": raw.file, "warc_offset": raw.offset, "warc_sha256": raw.sha256}
    if evidence.validators:
        validators = evidence.validators
        values |= {"etag": validators.etag or None, "last_modified": validators.last_modified or None}
    if evidence.found:
        values |= {name: int(value) for name, value in asdict(evidence.found).items()}
    return values
