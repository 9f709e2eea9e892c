"""The account: what became of every URL that was announced, by source. Read-only.

announced = settled + pending; settled is the sum of the outcomes, and a leased URL is pending.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from archive.clock import now
from archive.errors import LedgerError, UsageError
from crawler.ledger_reasons import listed
from crawler.ledger_records import CHECK_RESULTS, OUTCOMES, text_of
from crawler.ledger_tables import polls, urls

OPEN_STATES = ("pending", "leased")


@dataclass(slots=True)
class Count:
    """The account of one source, or of all."""

    announced: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    """URLs by outcome, and `pending`."""
    by_reason: Counter[tuple[str, str]] = field(default_factory=Counter)
    """URLs by outcome and reason (`crawler.ledger_reasons`)."""
    last_check: Counter[str] = field(default_factory=Counter)
    """Archived URLs by how the last look at them ended; those not looked at again are not counted."""
    first: str = ""
    """When the first was announced, ISO 8601; empty without any."""
    last: str = ""
    oldest_pending: str = ""
    """When the pending one that has waited longest was announced."""
    lists: list[dict[str, Any]] = field(default_factory=list)
    """Feeds, sitemaps and front pages with their last answer; of one source only."""

    @property
    def pending(self) -> int:
        """URLs that wait for an outcome."""
        return self.by_state["pending"]

    @property
    def settled(self) -> int:
        """URLs with an outcome."""
        return sum(self.by_state[outcome] for outcome in OUTCOMES)

    def add(self, row: sa.Row[Any]) -> None:
        """Count the URLs of a row."""
        state = "pending" if row.state in OPEN_STATES else row.state
        self.announced += row.number
        self.by_state[state] += row.number
        if state in OUTCOMES and (reason := listed(state, row.kind)):
            self.by_reason[state, reason] += row.number
        if row.last_check:
            self.last_check[row.last_check] += row.number
        self.first = min(filter(None, (self.first, row.first)))
        self.last = max(self.last, row.last)
        if state == "pending":
            self.oldest_pending = min(filter(None, (self.oldest_pending, row.first)))

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        reasons: dict[str, dict[str, int]] = {}
        for (state, reason), number in sorted(self.by_reason.items()):
            reasons.setdefault(state, {})[reason] = number
        return {
            "announced": self.announced,
            "settled": self.settled,
            "pending": self.pending,
            "by_state": {state: self.by_state[state] for state in (*OUTCOMES, "pending")},
            "by_reason": reasons,
            "last_check": {result: self.last_check[result] for result in CHECK_RESULTS},
            "first_announced": self.first or None,
            "last_announced": self.last or None,
            "oldest_pending": self.oldest_pending or None,
        }


@dataclass(slots=True, kw_only=True)
class Account:
    """The account of a ledger, or of a part of it."""

    total: Count
    by_source: dict[str, Count]
    """By the source's name; empty for URLs that no source announced (named by hand, found in pages)."""
    since: datetime | None
    generated_at: datetime

    def to_dict(self) -> dict[str, Any]:
        """As one JSON object."""
        sources = {name: count.to_dict() | {"lists": count.lists} for name, count in self.by_source.items()}
        return {
            "generated_at": self.generated_at.isoformat(),
            "since": self.since and self.since.isoformat(),
            **self.total.to_dict(),
            "by_source": sources,
        }


def account(
    connection: sa.Connection, *, since: datetime | None = None, source: str | None = None
) -> Account:
    """The account of what was announced at `since` or later, by one source or all.

    Raises UsageError for a source that the ledger does not know, and LedgerError where the sum is wrong.
    """
    found = Account(total=Count(), by_source={}, since=since, generated_at=now())
    for row in connection.execute(_counted(since, source)):
        found.total.add(row)
        found.by_source.setdefault(row.source, Count()).add(row)
    for row in connection.execute(_lists(source)):
        found.by_source.setdefault(row.source, Count()).lists.append(_list_record(row))
    check_source(connection, source)
    found.by_source = dict(sorted(found.by_source.items()))
    announced = connection.scalar(_chosen(sa.select(sa.func.count()).select_from(urls), since, source)) or 0
    if announced != found.total.settled + found.total.pending:
        states = ", ".join(f"{state} {number}" for state, number in sorted(found.total.by_state.items()))
        raise LedgerError(
            f"the account is wrong: {announced} announced, but {states}; restore a copy of the ledger"
        )
    return found


def _chosen(query: sa.Select[Any], since: datetime | None, source: str | None) -> sa.Select[Any]:
    if since is not None:
        query = query.where(urls.c.announced_at >= text_of(since))
    return query if source is None else query.where(urls.c.source == source)


def _counted(since: datetime | None, source: str | None) -> sa.Select[Any]:
    # an open URL's reason is its last failure, a duplicate's the other address: neither is counted
    needless = urls.c.state.in_((*OPEN_STATES, "archived", "duplicate"))
    kind = sa.case((needless, ""), else_=urls.c.reason).label("kind")
    first, last = sa.func.min(urls.c.announced_at), sa.func.max(urls.c.announced_at)
    groups = (urls.c.source, urls.c.state, urls.c.last_check)
    query = sa.select(
        *groups, kind, sa.func.count().label("number"), first.label("first"), last.label("last")
    )
    return _chosen(query, since, source).group_by(*groups, "kind")


def _lists(source: str | None) -> sa.Select[Any]:
    # a list may be read by several jobs: the latest answer counts
    columns = (polls.c.source, polls.c.url, polls.c.kind, polls.c.polled_at, polls.c.status)
    more = (polls.c.announced, polls.c.new_at, polls.c.problem, polls.c.failures, polls.c.due_at)
    latest = (
        sa.func.row_number()
        .over(partition_by=polls.c.url, order_by=sa.func.coalesce(polls.c.polled_at, "").desc())
        .label("place")
    )
    ranked = sa.select(*columns, *more, latest).where(polls.c.kind != "robots")
    if source is not None:
        ranked = ranked.where(polls.c.source == source)
    table = ranked.subquery()
    return sa.select(table).where(table.c.place == 1).order_by(table.c.source, table.c.url)


def _list_record(row: sa.Row[Any]) -> dict[str, Any]:
    names = ("url", "kind", "polled_at", "status", "announced", "new_at", "problem", "failures", "due_at")
    return {name: getattr(row, name) for name in names}


def check_source(connection: sa.Connection, source: str | None) -> None:
    """Raises UsageError for a source that the ledger does not know."""
    known = (sa.select(sa.exists().where(table.c.source == source)) for table in (polls, urls))
    if source is not None and not any(connection.scalar(query) for query in known):
        raise UsageError(f"the ledger knows no source {source!r}; `scrapy ledger report` names all")
