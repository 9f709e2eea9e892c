"""The ledger's larger queries: which hosts and URLs a run may take, and when to ask again."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from archive.clock import now
from crawler.ledger_records import text_of
from crawler.ledger_tables import OPEN, TO_CHECK, hosts, urls, wanted

STINT = timedelta(seconds=60)
"""Time after which a run takes no more URLs of a host that it holds, so that others have their turn."""
BUSY_WAIT = timedelta(seconds=1)
"""Until a run asks again for a host that another run holds."""


def due(job: Any, moment: Any, *, check: bool) -> list[sa.ColumnElement[bool]]:
    """What makes a URL the job's work now: pending and due, or archived and due for a check."""
    kind = TO_CHECK if check else OPEN
    mine = [wanted.c.job_id == job, urls.c.id == wanted.c.url_id]
    return [*mine, kind, urls.c.owner.is_(None), urls.c.due_at <= moment]


def free(run: str) -> sa.ColumnElement[bool]:
    """A host is free for the run: nobody's and rested, or the run's own for less than a stint."""
    moment = now()
    nobodys = hosts.c.owner.is_(None) & (hosts.c.next_allowed_at <= text_of(moment))
    return nobodys | ((hosts.c.owner == run) & (hosts.c.since > text_of(moment - STINT)))


def likeliest(*, check: bool) -> list[sa.ColumnElement[Any]]:
    """The order of work: by priority; of checks, the longest due first."""
    return [urls.c.due_at] if check else [wanted.c.priority.desc(), wanted.c.url_id]


def free_hosts(run: str, job: int, limit: int, *, check: bool, full: Collection[int]) -> sa.Select[Any]:
    """Hosts that the run may have now, in the order of their likeliest work (`top`; None: no work)."""
    top = (
        sa.select(urls.c.due_at if check else wanted.c.priority)
        .where(*due(job, text_of(now()), check=check), (urls if check else wanted).c.host_id == hosts.c.id)
        .order_by(*likeliest(check=check))
        .limit(1)
        .correlate(hosts)
        .scalar_subquery()
        .label("top")
    )
    found = sa.select(hosts.c.id, top).where(free(run))
    if full:
        found = found.where(hosts.c.id.not_in(full))
    order: sa.ColumnElement[Any] = sa.column("top") if check else sa.column("top").desc()
    return found.order_by(order.nulls_last(), hosts.c.id).limit(limit)


@cache
def work_on(*, check: bool) -> sa.Select[Any]:
    """The work of `job` on `host`, due at `moment`, in its order, at most `room` of it: four parameters.

    Asked for each host, so it is built once: that takes SQLAlchemy longer than SQLite takes to run it.
    """
    place = (urls if check else wanted).c.host_id
    job, moment = sa.bindparam("job", type_=sa.Integer), sa.bindparam("moment", type_=sa.Text)
    return (
        sa.select(urls, wanted.c.depth, wanted.c.priority, hosts.c.name.label("host"))
        .where(*due(job, moment, check=check), place == sa.bindparam("host"), hosts.c.id == place)
        .order_by(*likeliest(check=check))
        .limit(sa.bindparam("room", type_=sa.Integer))
        .with_for_update(of=urls, skip_locked=True)  # `take_url` looks at no host
    )


def busy_hosts(run: str, job: int, *, check: bool) -> sa.Select[Any]:
    """Owner and `next_allowed_at` of the other hosts that have work for the job."""
    some = sa.exists().where(
        *due(job, text_of(now()), check=check), (urls if check else wanted).c.host_id == hosts.c.id
    )
    others = hosts.c.owner.is_(None) | (hosts.c.owner != run)
    earliest = sa.func.min(hosts.c.next_allowed_at)
    owned = hosts.c.owner.is_not(None)
    asked = sa.select(owned.label("owned"), earliest.label("at"))
    return asked.where(others, some).group_by(owned)  # type: ignore[return-value]


def ask_again_at(rows: Collection[Any]) -> datetime | None:
    """When one of the busy hosts may be free; None where there is none."""
    moment = now()
    times = [moment + BUSY_WAIT if row.owned else datetime.fromisoformat(row.at) for row in rows]
    return max(min(times), moment) if times else None
