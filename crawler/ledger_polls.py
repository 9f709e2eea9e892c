"""Inside one transaction of the ledger: which lists are due, and what they answered."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive.clock import now
from archive.url import host_of
from crawler.ledger_leasing import Delay, hold
from crawler.ledger_names import host_ids, insert_into, job_id
from crawler.ledger_queries import BUSY_WAIT
from crawler.ledger_records import Poll, PollAnswer, TakenPolls, Validators, text_of
from crawler.ledger_tables import hosts, polls


def take_polls(
    connection: sa.Connection, run: str, job: str, wished: Sequence[Poll], delay: Delay
) -> TakenPolls:
    """See `Ledger.take_polls`."""
    number = job_id(connection, job)
    ids = host_ids(connection, [host_of(poll.url) for poll in wished])
    known = _known(connection, number, wished)
    due = [poll for poll in wished if _is_due(known.get(poll.url))]
    owners = _lock_hosts(connection, [ids[host_of(poll.url)] for poll in due])
    known = _known(connection, number, due)  # another run may have read one before the lock
    due = [poll for poll in due if _is_due(known.get(poll.url))]
    granted, waiting, times = [], [], []
    for poll in due:
        row = owners.get(ids[host_of(poll.url)])
        if (
            row is not None
            and row.owner in (None, run)
            and (row.owner == run or row.next_allowed_at <= text_of(now()))
        ):
            granted.append(_remembered(poll, known.get(poll.url)))
        else:
            waiting.append(poll)
            times.append(_rested(row))
    names = {host_of(poll.url) for poll in granted}
    hold(connection, run, {ids[name]: delay(name) for name in names})
    _own(connection, run, number, granted)
    not_due = tuple(poll for poll in wished if poll not in due)
    return TakenPolls(
        polls=tuple(granted), not_due=not_due, waiting=tuple(waiting), more_at=min(times, default=None)
    )


def _known(connection: sa.Connection, job: int, some: Sequence[Poll]) -> dict[str, sa.Row[Any]]:
    asked = sa.select(polls).where(polls.c.job_id == job, polls.c.url.in_([poll.url for poll in some]))
    return {row.url: row for row in connection.execute(asked)}


def _is_due(row: sa.Row[Any] | None) -> bool:
    # one that another run is reading too: its host is that run's, and there will be work when it is read
    return row is None or row.due_at <= text_of(now())


def _lock_hosts(connection: sa.Connection, ids: Sequence[int]) -> dict[int, sa.Row[Any]]:
    asked = sa.select(hosts).where(hosts.c.id.in_(ids)).with_for_update(skip_locked=True)
    return {int(row.id): row for row in connection.execute(asked)}


def _rested(row: sa.Row[Any] | None) -> datetime:
    """When to ask again for a host that is not free."""
    moment = now()
    if row is None or row.owner is not None:
        return moment + BUSY_WAIT
    return max(datetime.fromisoformat(row.next_allowed_at), moment)


def _remembered(poll: Poll, row: sa.Row[Any] | None) -> Poll:
    if row is None:
        return poll
    validators = Validators(etag=row.etag or "", last_modified=row.last_modified or "")
    return replace(poll, validators=validators, interval=row.interval, failures=row.failures)


def _own(connection: sa.Connection, run: str, job: int, granted: Sequence[Poll]) -> None:
    if granted:
        insert = insert_into(connection, polls)
        again = {"owner": run, "source": insert.excluded.source, "kind": insert.excluded.kind}
        insert = insert.on_conflict_do_update(index_elements=["job_id", "url"], set_=again)
        connection.execute(insert, [{**_new_row(job, poll), "owner": run} for poll in granted])


def _new_row(job: int, poll: Poll) -> dict[str, Any]:
    return {
        "job_id": job,
        "url": poll.url,
        "source": poll.source,
        "kind": poll.kind,
        "depth": poll.depth,
        "owner": None,
        "status": 0,
        "announced": 0,
        "new": 0,
        "problem": "",
        "failures": 0,
        "due_at": text_of(now()),
    }


LIVE = timedelta(days=7)
"""A list that another one named, and that had nothing new for so long, is read when it is named again."""


def children_of(connection: sa.Connection, job: str) -> list[Poll]:
    """See `Ledger.known_children`."""
    live = polls.c.polled_at.is_(None) | (polls.c.new_at > text_of(now() - LIVE))
    asked = sa.select(polls).where(polls.c.job_id == job_id(connection, job), polls.c.depth > 0, live)
    return [
        Poll(url=row.url, kind=row.kind, source=row.source, depth=row.depth)
        for row in connection.execute(asked.order_by(polls.c.url))
    ]


def note_poll(
    connection: sa.Connection, job: str, poll: Poll, answer: PollAnswer, children: Sequence[Poll]
) -> None:
    """See `Ledger.note_poll`."""
    number = job_id(connection, job)
    values: dict[str, Any] = {
        "owner": None,
        "polled_at": text_of(now()),
        "status": answer.status,
        "announced": answer.announced,
        "new": answer.new,
        "problem": answer.problem,
        "failures": answer.failures,
        "interval": answer.interval,
        "due_at": text_of(answer.due_at),
    }
    if answer.new:
        values["new_at"] = text_of(now())
    if answer.validators is not None:
        values |= {"etag": answer.validators.etag, "last_modified": answer.validators.last_modified}
    mine = (polls.c.job_id == number) & (polls.c.url == poll.url)
    connection.execute(polls.update().where(mine).values(values))
    if children:
        insert = insert_into(connection, polls).on_conflict_do_nothing()
        connection.execute(insert, [_new_row(number, child) for child in children])
