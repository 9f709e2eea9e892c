"""Numbers of jobs and hosts, and inserts that leave what is there."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from archive.clock import now
from crawler.ledger_records import text_of
from crawler.ledger_tables import hosts, jobs


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """An INSERT that takes `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)


def job_id(connection: sa.Connection, job: str) -> int:
    """The job's number; a new one for a new job."""
    asked = sa.select(jobs.c.id).where(jobs.c.name == job)
    found = connection.scalar(asked)
    if found is None:
        connection.execute(insert_into(connection, jobs).values(name=job).on_conflict_do_nothing())
        found = connection.scalars(asked).one()
    return int(found)


def host_ids(connection: sa.Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of each host; new ones for new hosts, in one order for all writers."""
    wished = sorted(set(names))
    asked = sa.select(hosts.c.name, hosts.c.id).where(hosts.c.name.in_(wished))
    found = {name: int(number) for name, number in connection.execute(asked)}
    if missing := [name for name in wished if name not in found]:
        moment = text_of(now())
        rows = [{"name": name, "delay": 0.0, "next_allowed_at": moment} for name in missing]
        connection.execute(insert_into(connection, hosts).on_conflict_do_nothing(), rows)
        found = {name: int(number) for name, number in connection.execute(asked)}
    return found
