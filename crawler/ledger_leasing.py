"""Inside one transaction of the ledger: take URLs and hosts, give them back, write new ones."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive.clock import now
from crawler.ledger_names import host_ids, insert_into, job_id
from crawler.ledger_queries import BUSY_WAIT, ask_again_at, busy_hosts, free, free_hosts, work_on
from crawler.ledger_records import Lease, Taken, Work, lease_of, text_of
from crawler.ledger_tables import hosts, polls, urls, wanted

Delay = Callable[[str], float]
"""Seconds between two requests to a host."""


def insert_new(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> set[str]:
    """Insert the rows of `urls` whose key is new; these keys."""
    insert = insert_into(connection, urls).on_conflict_do_nothing(index_elements=["key"])
    return set(connection.scalars(insert.returning(urls.c.key), rows))


def want(connection: sa.Connection, job: int, works: Iterable[tuple[Any, Work]]) -> None:
    """The URLs of these rows are the job's work; wanted again, the new priority and smaller depth count."""
    rows = [
        {
            "url_id": row.id,
            "job_id": job,
            "host_id": row.host_id,
            "open": int(row.state in ("pending", "leased")),
            "depth": work.depth,
            "priority": work.priority,
        }
        for row, work in works
    ]
    insert = insert_into(connection, wanted)
    nearer = sa.case((insert.excluded.depth < wanted.c.depth, insert.excluded.depth), else_=wanted.c.depth)
    again = {"priority": insert.excluded.priority, "depth": nearer}
    connection.execute(insert.on_conflict_do_update(index_elements=["url_id", "job_id"], set_=again), rows)


def take(
    connection: sa.Connection, run: str, job: str, limit: int, per_host: int | None, delay: Delay
) -> Taken:
    """See `Ledger.take`."""
    number = job_id(connection, job)
    held = _held_by_host(connection, run)
    leases: list[Lease] = []
    for check in (False, True):
        leases += _take(connection, run, number, limit - len(leases), per_host, delay, held, check=check)
        if len(leases) >= limit:
            break
    if leases:
        # a host that rests now may be free long before one of these is done with
        return Taken(leases=tuple(leases), more_at=now() + BUSY_WAIT if len(leases) < limit else None)
    busy = [
        row for check in (False, True) for row in connection.execute(busy_hosts(run, number, check=check))
    ]
    return Taken(more_at=ask_again_at(busy))


def _take(
    connection: sa.Connection,
    run: str,
    job: int,
    limit: int,
    per_host: int | None,
    delay: Delay,
    held: dict[int, int],
    *,
    check: bool,
) -> list[Lease]:
    full = [host for host, count in held.items() if per_host is not None and count >= per_host]
    found: list[tuple[int, sa.Row[Any]]] = []
    moment = text_of(now())
    ranked = connection.execute(free_hosts(run, job, limit, check=check, full=full))
    for host, top in _locked(connection, run, [(host, top) for host, top in ranked if top is not None]):
        if len(found) >= limit and (check or top <= sorted(row.priority for _, row in found)[-limit]):
            break  # no work of this host or of those after it is likelier
        room = limit if per_host is None else min(limit, per_host - held.get(host, 0))
        asked = {"host": host, "job": job, "moment": moment, "room": room}
        found += [(host, row) for row in connection.execute(work_on(check=check), asked)]
    if not check:
        found.sort(key=lambda pair: (-pair[1].priority, pair[1].id))
    chosen = found[:limit]
    for host, _ in chosen:
        held[host] = held.get(host, 0) + 1
    hold(connection, run, {host: delay(row.host) for host, row in chosen})
    return _lease(connection, run, [row for _, row in chosen])


def _held_by_host(connection: sa.Connection, run: str) -> dict[int, int]:
    counts = sa.select(urls.c.host_id, sa.func.count()).where(urls.c.owner == run).group_by(urls.c.host_id)
    return {int(host): int(count) for host, count in connection.execute(counts)}


def _locked(connection: sa.Connection, run: str, ranked: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Those that are free and that no other transaction is taking, in the same order."""
    if connection.dialect.name == "sqlite":
        return ranked  # its transactions write one at a time
    ids = [host for host, _ in ranked]
    locked = sa.select(hosts.c.id).where(hosts.c.id.in_(ids), free(run)).with_for_update(skip_locked=True)
    mine = set(connection.scalars(locked))
    return [pair for pair in ranked if pair[0] in mine]


_HOLD = (
    hosts.update()
    .where(hosts.c.id == sa.bindparam("taken"))
    .values(
        owner=sa.bindparam("holder"),
        since=sa.case((hosts.c.owner == sa.bindparam("holder"), hosts.c.since), else_=sa.bindparam("moment")),
        delay=sa.bindparam("rest"),
    )
)


def hold(connection: sa.Connection, run: str, delays: Mapping[int, float]) -> None:
    """The hosts are the run's, each with its delay; those that it holds already keep the time since when."""
    moment = text_of(now())
    rows = [
        {"taken": host, "holder": run, "moment": moment, "rest": delay}
        for host, delay in sorted(delays.items())
    ]
    if rows:
        connection.execute(_HOLD, rows)


def _lease(connection: sa.Connection, run: str, rows: Sequence[sa.Row[Any]]) -> list[Lease]:
    if not rows:
        return []
    state = sa.case((urls.c.state == "pending", "leased"), else_=urls.c.state)
    change = urls.update().where(urls.c.id.in_([row.id for row in rows]))
    connection.execute(change.values(owner=run, attempt=urls.c.attempt + 1, state=state))
    return [lease_of(row, run) for row in rows]


def take_url(connection: sa.Connection, run: str, job: str, key: str) -> Lease | None:
    """See `Ledger.take_url`."""
    asked = (
        sa.select(urls, wanted.c.depth, wanted.c.priority, hosts.c.name.label("host"))
        .join(wanted, wanted.c.url_id == urls.c.id)
        .join(hosts, hosts.c.id == urls.c.host_id)
        .where(wanted.c.job_id == job_id(connection, job), urls.c.key == key, urls.c.state == "pending")
        .with_for_update(of=urls)
    )
    row = connection.execute(asked).one_or_none()
    return _lease(connection, run, [row])[0] if row is not None else None


def take_host(connection: sa.Connection, run: str, name: str, delay: Delay) -> datetime | None:
    """See `Ledger.take_host`."""
    number = host_ids(connection, [name])[name]
    asked = sa.select(hosts.c.owner, hosts.c.next_allowed_at).where(hosts.c.id == number)
    row = connection.execute(asked.with_for_update()).one()
    if row.owner not in (None, run):
        return None
    hold(connection, run, {number: delay(name)})
    return datetime.fromisoformat(row.next_allowed_at)


_LEAVE = hosts.update().where(hosts.c.name == sa.bindparam("host"), hosts.c.owner == sa.bindparam("holder"))


def leave(connection: sa.Connection, run: str, leaving: Mapping[str, datetime]) -> None:
    """See `Ledger.leave`."""
    for name, allowed_at in sorted(leaving.items()):
        rested = {"owner": None, "since": None, "next_allowed_at": text_of(allowed_at)}
        connection.execute(_LEAVE, {"host": name, "holder": run, **rested})


def give_back(connection: sa.Connection, owners: Sequence[str]) -> int:
    """What these runs held falls due again, their hosts after a rest; the number of URLs."""
    if not owners:
        return 0
    state = sa.case((urls.c.state == "leased", "pending"), else_=urls.c.state)
    given = connection.execute(urls.update().where(urls.c.owner.in_(owners)).values(owner=None, state=state))
    connection.execute(polls.update().where(polls.c.owner.in_(owners)).values(owner=None))
    held = sa.select(hosts.c.name, hosts.c.owner, hosts.c.delay).where(hosts.c.owner.in_(owners))
    for row in connection.execute(held).all():
        # the owner may have sent a request a moment ago
        leave(connection, row.owner, {row.name: now() + timedelta(seconds=row.delay)})
    return given.rowcount
