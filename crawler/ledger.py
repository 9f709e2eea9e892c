"""The ledger: which URLs were announced, and what became of each.

A URL is written before any request is made for it (`announce`), leased to a run (`lease`) and settled
with exactly one outcome (`settle`). announced = settled + pending, always (a leased URL is pending).
A run says that it is alive by its heartbeat; the leases of a run that stopped doing so, or whose process
is gone, fall due again. Settling needs the attempt number of the lease, so that a process that only slept
cannot settle what another has taken over. Calls block: from an event loop run them in a thread.
"""

import os
import socket
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.article import RawPage
from archive.clock import now
from archive.errors import LedgerError
from archive.url import ledger_key
from crawler.ledger_queries import due_keys, released, want, works_of
from crawler.ledger_tables import (
    SCHEMA_VERSION,
    Known,
    Lease,
    Outcome,
    Work,
    metadata,
    new_row,
    polls,
    runs,
    text_of,
    urls,
    wanted,
    work_of,
)

_runs_of_this_process: set[str] = set()


class Ledger:
    """The ledger of one state folder or database.

    `url` is an SQLAlchemy URL. Raises LedgerError when it cannot be opened or has another schema version.
    """

    def __init__(self, url: str, *, lease_seconds: float = 90.0, timeout: float = 30.0) -> None:
        try:
            self.location = sa.make_url(url).render_as_string(hide_password=True)
        except sa.exc.ArgumentError:
            raise LedgerError(
                "LEDGER_URL is not an SQLAlchemy URL such as sqlite:////path/ledger.sqlite"
            ) from None
        if not url.startswith("sqlite:"):
            raise LedgerError(f"the ledger {self.location}: only sqlite: is supported so far")
        self._dead_after = timedelta(seconds=lease_seconds)
        self._engine = sa.create_engine(url, connect_args={"timeout": timeout})
        sa.event.listen(self._engine, "connect", _configure_sqlite)
        sa.event.listen(self._engine, "begin", _begin_immediate)
        try:
            with self._engine.begin() as connection:
                self._open(connection)
        except sa.exc.DatabaseError as error:
            raise LedgerError(
                f"cannot open the ledger {self.location}: {error.orig}; move it away or restore a copy"
            ) from None

    def _open(self, connection: sa.Connection) -> None:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version not in (0, SCHEMA_VERSION):
            raise LedgerError(
                f"the ledger {self.location} has schema version {version}, not {SCHEMA_VERSION}; move it away"
            )
        metadata.create_all(connection)
        connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        self._engine.dispose()

    # --- Runs ---------------------------------------------------------------------------------------

    def start_run(self, job: str) -> str:
        """Register a run of this process; returns its id. Leases of dead runs fall due again."""
        run = uuid4().hex
        _runs_of_this_process.add(run)
        with self._engine.begin() as connection:
            connection.execute(
                runs.insert().values(
                    id=run,
                    job=job,
                    host=socket.gethostname(),
                    pid=os.getpid(),
                    started_at=text_of(now()),
                    heartbeat_at=text_of(now()),
                )
            )
            self._reclaim(connection, run)
        return run

    def heartbeat(self, run: str) -> int:
        """Say that the run is alive; also takes back the leases of dead runs and returns how many."""
        with self._engine.begin() as connection:
            # a run that was taken for dead while it slept is alive again
            alive = {"heartbeat_at": text_of(now()), "ended_at": None, "finish_reason": None}
            connection.execute(runs.update().where(runs.c.id == run).values(alive))
            return self._reclaim(connection, run)

    def end_run(self, run: str, finish_reason: str) -> None:
        """Release what the run still holds, and note its end."""
        with self._engine.begin() as connection:
            connection.execute(released().where(urls.c.owner == run))
            connection.execute(
                runs.update()
                .where(runs.c.id == run)
                .values(ended_at=text_of(now()), finish_reason=finish_reason)
            )

    def _reclaim(self, connection: sa.Connection, mine: str) -> int:
        alive_since = text_of(now() - self._dead_after)
        rows = connection.execute(sa.select(runs).where(runs.c.ended_at.is_(None), runs.c.id != mine)).all()
        dead = [row.id for row in rows if row.heartbeat_at < alive_since or _process_is_gone(row)]
        if dead:
            connection.execute(
                runs.update().where(runs.c.id.in_(dead)).values(ended_at=text_of(now()), finish_reason="died")
            )
        alive = sa.select(runs.c.id).where(runs.c.ended_at.is_(None))
        return connection.execute(released().where(urls.c.owner.not_in(alive))).rowcount

    # --- URLs ---------------------------------------------------------------------------------------

    def announce(self, job: str, works: Sequence[Work]) -> list[Known]:
        """Write the URLs that are new; one answer each, in order. Pending ones become this job's work too.

        Raises ValueError for a URL without identity (`archive.url.normalize`).
        """
        answers = []
        with self._engine.begin() as connection:
            for work in works:
                key = ledger_key(work.url)
                row = connection.execute(
                    sa.select(urls.c.state, urls.c.article_id).where(urls.c.key == key)
                ).one_or_none()
                if row is None:
                    connection.execute(insert(urls).values(new_row(key, work)))
                    answers.append(Known(key=key, state="new"))
                else:
                    answers.append(Known(key=key, state=row.state, article_id=row.article_id))
                connection.execute(want(job, key, work))
        return answers

    def lease(
        self, run: str, job: str, limit: int, *, per_host: int | None = None, url: str | None = None
    ) -> list[Lease]:
        """Take up to `limit` due URLs of the job, the highest priority first.

        `per_host`: how many of one host the run may hold; None for no bound. `url`: only this one.
        """
        taken = (
            urls.update()
            .where(urls.c.key.in_(due_keys(run, job, limit, per_host=per_host, url=url).scalar_subquery()))
            .values(state="leased", owner=run, attempt=urls.c.attempt + 1)
            .returning(urls.c.key)
        )
        with self._engine.begin() as connection:
            keys = list(connection.scalars(taken))
            rows = connection.execute(works_of(job).where(urls.c.key.in_(keys))).all()
        return [Lease(key=row.key, attempt=row.attempt, work=work_of(row)) for row in rows]

    def settle(
        self,
        lease: Lease,
        outcome: Outcome,
        *,
        reason: str = "",
        article_id: str | None = None,
        raw: RawPage | None = None,
    ) -> bool:
        """Give the URL its outcome; False if the lease is no longer the holder's."""
        values: dict[str, Any] = {
            "state": outcome,
            "reason": reason,
            "owner": None,
            "settled_at": text_of(now()),
        }
        if article_id:
            values["article_id"] = article_id
        if raw:
            values |= {"warc_file": raw.file, "warc_offset": raw.offset, "warc_sha256": raw.sha256}
        return self._finish(lease, values)

    def fail(self, lease: Lease, reason: str, *, tries_allowed: int, retry_seconds: float) -> bool:
        """A failure that may pass: due again later, twice as late each time; `error` after the last try."""
        with self._engine.begin() as connection:
            tries = (
                connection.execute(sa.select(urls.c.tries).where(urls.c.key == lease.key)).scalar_one() + 1
            )
        values: dict[str, Any] = {"reason": reason, "owner": None, "tries": tries}
        if tries >= tries_allowed:
            values |= {"state": "error", "settled_at": text_of(now())}
        else:
            wait = timedelta(seconds=retry_seconds * 2 ** (tries - 1))
            values |= {"state": "pending", "due_at": text_of(now() + wait)}
        return self._finish(lease, values)

    def release(self, lease: Lease) -> bool:
        """Give the URL back, due at once."""
        return self._finish(lease, {"state": "pending", "owner": None})

    def _finish(self, lease: Lease, values: dict[str, Any]) -> bool:
        held = (urls.c.key == lease.key) & (urls.c.state == "leased") & (urls.c.attempt == lease.attempt)
        with self._engine.begin() as connection:
            return connection.execute(urls.update().where(held).values(values)).rowcount == 1

    # --- Account ------------------------------------------------------------------------------------

    def note_poll(self, url: str, source: str, *, status: int, announced: int, problem: str) -> None:
        """Remember how a feed, sitemap or front page answered."""
        values = {
            "url": url,
            "source": source,
            "polled_at": text_of(now()),
            "status": status,
            "announced": announced,
            "problem": problem,
        }
        statement = insert(polls).values(values).on_conflict_do_update(index_elements=["url"], set_=values)
        with self._engine.begin() as connection:
            connection.execute(statement)

    def count_by_state(self, job: str | None = None) -> dict[str, int]:
        """Number of URLs in each state, of one job or of all."""
        query = sa.select(urls.c.state, sa.func.count()).group_by(urls.c.state)
        if job is not None:
            query = query.join(wanted, wanted.c.key == urls.c.key).where(wanted.c.job == job)
        with self._engine.connect() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    def archived_of(self, job: str) -> list[str]:
        """Ids of the archived articles among what the job announced, in whatever run."""
        query = (
            sa.select(urls.c.article_id)
            .distinct()
            .join(wanted, wanted.c.key == urls.c.key)
            .where(wanted.c.job == job, urls.c.state == "archived")
        )
        with self._engine.connect() as connection:
            return [str(identity) for identity in connection.scalars(query)]

    def rows(self, states: Iterable[str] = ()) -> list[dict[str, Any]]:
        """All rows (in these states), for reports and tests."""
        query = sa.select(urls).order_by(urls.c.key)
        wanted = list(states)
        if wanted:
            query = query.where(urls.c.state.in_(wanted))
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


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


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy's "begin" event starts transactions, not the driver
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_immediate(connection: sa.Connection) -> None:
    # A read that later writes would fail at once under another writer; this waits for its turn instead.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
