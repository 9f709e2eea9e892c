"""Inside one transaction of the ledger: runs that start, live, end and die."""

import os
import socket
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from archive.clock import now
from crawler.ledger_leasing import give_back
from crawler.ledger_records import text_of
from crawler.ledger_tables import hosts, polls, runs, urls

_runs_of_this_process: set[str] = set()


def start(connection: sa.Connection, job: str, dead_after: timedelta) -> str:
    """See `Ledger.start_run`."""
    run, moment = uuid4().hex, text_of(now())
    _runs_of_this_process.add(run)
    row = {"id": run, "job": job, "host": socket.gethostname(), "pid": os.getpid()}
    connection.execute(runs.insert().values(**row, started_at=moment, heartbeat_at=moment))
    _reclaim(connection, run, dead_after)
    return run


def beat(connection: sa.Connection, run: str, dead_after: timedelta) -> int:
    """See `Ledger.heartbeat`."""
    # a run that was taken for dead while it slept is alive again
    alive = {"heartbeat_at": text_of(now()), "ended_at": None, "finish_reason": None}
    connection.execute(runs.update().where(runs.c.id == run).values(alive))
    return _reclaim(connection, run, dead_after)


def end(connection: sa.Connection, run: str, finish_reason: str) -> None:
    """See `Ledger.end_run`."""
    give_back(connection, [run])
    ended = {"ended_at": text_of(now()), "finish_reason": finish_reason}
    connection.execute(runs.update().where(runs.c.id == run).values(ended))


def _reclaim(connection: sa.Connection, mine: str, dead_after: timedelta) -> int:
    """Take back what dead runs hold; the number of URLs."""
    alive_since = text_of(now() - dead_after)
    rows = connection.execute(sa.select(runs).where(runs.c.ended_at.is_(None), runs.c.id != mine)).all()
    if dead := [row.id for row in rows if row.heartbeat_at < alive_since or _process_is_gone(row)]:
        ended = {"ended_at": text_of(now()), "finish_reason": "died"}
        connection.execute(runs.update().where(runs.c.id.in_(dead)).values(ended))
    alive = sa.select(runs.c.id).where(runs.c.ended_at.is_(None))
    holders = [
        sa.select(table.c.owner).where(table.c.owner.is_not(None), table.c.owner.not_in(alive))
        for table in (urls, hosts, polls)
    ]
    return give_back(connection, list(connection.scalars(sa.union(*holders))))


def _process_is_gone(run: sa.Row[Any]) -> bool:
    if run.host != socket.gethostname():
        return False
    if run.pid == os.getpid():  # ours, or that of a dead process with our number, as in a restarted container
        return run.id not in _runs_of_this_process
    try:
        os.kill(run.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
