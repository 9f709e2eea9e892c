"""The longer statements of the ledger."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.clock import now
from archive.url import ledger_key
from crawler.ledger_tables import Work, text_of, urls, wanted


def due_keys(
    run: str, job: str, limit: int, *, per_host: int | None, url: str | None
) -> "sa.Select[tuple[str]]":
    """Keys of due URLs of the job, the highest priority first; `per_host`: as many may the run hold."""
    place = sa.func.row_number().over(
        partition_by=urls.c.host, order_by=(wanted.c.priority.desc(), urls.c.announced_at, urls.c.key)
    )
    due = (
        sa.select(urls.c.key, urls.c.host, urls.c.announced_at, wanted.c.priority, place.label("place"))
        .join(wanted, wanted.c.key == urls.c.key)
        .where(wanted.c.job == job, urls.c.state == "pending", urls.c.due_at <= text_of(now()))
    )
    if url is not None:
        due = due.where(urls.c.key == ledger_key(url))
    ranked = due.subquery()
    held = (
        sa.select(urls.c.host, sa.func.count().label("held")).where(urls.c.owner == run).group_by(urls.c.host)
    ).subquery()
    chosen = (
        sa.select(ranked.c.key)
        .outerjoin(held, held.c.host == ranked.c.host)
        .order_by(ranked.c.priority.desc(), ranked.c.announced_at, ranked.c.key)
        .limit(limit)
    )
    if per_host is not None:
        chosen = chosen.where(ranked.c.place + sa.func.coalesce(held.c.held, 0) <= per_host)
    return chosen


def released() -> sa.Update:
    """Leased URLs go back to pending; add whose."""
    return urls.update().where(urls.c.state == "leased").values(state="pending", owner=None)


def want(job: str, key: str, work: Work) -> sa.Insert:
    """The URL is the job's work; wanted again, the new priority and the smaller depth count."""
    row = insert(wanted).values(job=job, key=key, depth=work.depth, priority=work.priority)
    return row.on_conflict_do_update(
        index_elements=["job", "key"],
        set_={"priority": work.priority, "depth": sa.func.min(wanted.c.depth, work.depth)},
    )


def works_of(job: str) -> sa.Select[Any]:
    """The job's URLs with what it wants of them, the highest priority first."""
    return (
        sa.select(urls, wanted.c.depth, wanted.c.priority)
        .join(wanted, wanted.c.key == urls.c.key)
        .where(wanted.c.job == job)
        .order_by(wanted.c.priority.desc(), urls.c.announced_at, urls.c.key)
    )
