"""The ledger: which URLs were announced, and what became of each.

A URL is written before any request is made for it (`announce`), leased to a run (`take`) and settled
with exactly one outcome (`settle`). announced = settled + pending, always (a leased URL is pending).
An archived URL may fall due again: its later checks are leased alike and end in `checked`, which never
changes the outcome. A host belongs to one run at a time, so that several processes keep its delay together.
A run says that it is alive by its heartbeat; what a run held that stopped doing so, or whose process
is gone, falls due again. Settling needs the attempt number of the lease, so that a process that only slept
cannot settle what another has taken over. Calls block: from an event loop run them in a thread.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from archive.clock import now
from archive.url import host_of, ledger_key
from crawler import ledger_leasing, ledger_polls, ledger_runs
from crawler.ledger_database import LedgerDatabase
from crawler.ledger_names import host_ids, job_id
from crawler.ledger_records import (
    CheckResult,
    Evidence,
    Known,
    Lease,
    Outcome,
    Poll,
    PollAnswer,
    Taken,
    TakenPolls,
    Work,
    evidence_row,
    new_row,
    text_of,
)
from crawler.ledger_tables import hosts, jobs, urls, wanted

Delay = ledger_leasing.Delay

ANNOUNCE_BATCH = 500
"""URLs in one transaction of `announce`: others wait for its end, some 40 ms."""

Leaving = Mapping[str, datetime]
"""Hosts that a run gives back, with the time before which nobody may send them a request."""


class Ledger:
    """The ledger of one state folder or database.

    `url` is an SQLAlchemy URL of SQLite or PostgreSQL. `lease_seconds` without a heartbeat make a run dead;
    `timeout` seconds are waited for other writers. Raises LedgerError when it cannot be opened.
    """

    def __init__(
        self, url: str, *, lease_seconds: float = 90.0, timeout: float = 30.0, create: bool = True
    ) -> None:
        self._dead_after = timedelta(seconds=lease_seconds)
        self._database = LedgerDatabase(url, timeout, create=create)
        self.location = self._database.location
        self._begin = self._database.begin

    def close(self) -> None:
        """Close the database; a second call does nothing."""
        self._database.close()

    # --- Runs ---------------------------------------------------------------------------------------

    def start_run(self, job: str) -> str:
        """Register a run of this process; returns its id. What dead runs held falls due again."""
        with self._begin() as connection:
            return ledger_runs.start(connection, job, self._dead_after)

    def heartbeat(self, run: str) -> int:
        """Say that the run is alive; also takes back the leases of dead runs and returns how many."""
        with self._begin() as connection:
            return ledger_runs.beat(connection, run, self._dead_after)

    def end_run(self, run: str, finish_reason: str, *, leaving: Leaving | None = None) -> None:
        """Give back what the run still holds, and note its end."""
        with self._begin() as connection:
            ledger_leasing.leave(connection, run, leaving or {})
            ledger_runs.end(connection, run, finish_reason)

    # --- URLs ---------------------------------------------------------------------------------------

    def announce(self, job: str, works: Sequence[Work]) -> list[Known]:
        """Write the URLs that are new; one answer each, in order. Pending ones become this job's work too.

        Raises ValueError for a URL without identity (`archive.url.normalize`).
        """
        keyed = [(ledger_key(work.url), work) for work in works]
        answers: list[Known] = []
        for start in range(0, len(keyed), ANNOUNCE_BATCH):
            with self._begin(synced=True) as connection:
                answers += self._announce(connection, job, keyed[start : start + ANNOUNCE_BATCH])
        return answers

    def _announce(self, connection: sa.Connection, job: str, batch: list[tuple[str, Work]]) -> list[Known]:
        first, latest = dict(reversed(batch)), dict(batch)
        works = {key: first[key] for key in sorted(first)}  # one order for all writers
        ids = host_ids(connection, (host_of(work.url) for work in works.values()))
        rows = [new_row(key, ids[host_of(work.url)], work) for key, work in works.items()]
        new = ledger_leasing.insert_new(connection, rows)
        columns = (urls.c.id, urls.c.key, urls.c.host_id, urls.c.state, urls.c.article_id)
        asked = sa.select(*columns).where(urls.c.key.in_(works)).order_by(urls.c.id)
        found = {row.key: row for row in connection.execute(asked)}
        pairs = [(row, latest[key]) for key, row in found.items()]
        ledger_leasing.want(connection, job_id(connection, job), pairs)
        answers = []
        for key, _ in batch:
            state = "new" if key in new else found[key].state
            new.discard(key)  # announced twice in a batch, it is new once
            answers.append(Known(key=key, state=state, article_id=found[key].article_id))
        return answers

    def take(
        self, run: str, job: str, limit: int, *, per_host: int | None = None, delay: Delay = lambda _: 0.0
    ) -> Taken:
        """Lease up to `limit` due URLs of the job, the highest priority first, checks after new pages.

        Only of hosts that no other run holds and that have rested. `per_host`: how many of one host the run
        may hold; None for no bound. `delay`: seconds that a host rests if the run dies.
        """
        with self._begin() as connection:
            return ledger_leasing.take(connection, run, job, limit, per_host, delay)

    def take_url(self, run: str, job: str, url: str) -> Lease | None:
        """Lease this URL, whatever its host is doing; None where it is no pending work of the job."""
        with self._begin() as connection:
            return ledger_leasing.take_url(connection, run, job, ledger_key(url))

    def take_host(self, run: str, host: str, *, delay: Delay = lambda _: 0.0) -> datetime | None:
        """Hold the host, as for a redirect to it; when it may be asked; None if another run has it."""
        with self._begin() as connection:
            return ledger_leasing.take_host(connection, run, host, delay)

    def leave(self, run: str, leaving: Leaving) -> None:
        """Give hosts back."""
        with self._begin() as connection:
            ledger_leasing.leave(connection, run, leaving)

    def settle(
        self,
        lease: Lease,
        outcome: Outcome,
        *,
        reason: str = "",
        evidence: Evidence | None = None,
        leaving: Leaving | None = None,
    ) -> bool:
        """Give the URL its outcome; False if the lease is no longer the holder's."""
        values = {"state": outcome, "reason": reason, "tries": 0, "settled_at": text_of(now())}
        values |= evidence_row(evidence or Evidence())
        return self._finish(lease, values, leaving, closed=True)

    def checked(
        self,
        lease: Lease,
        result: CheckResult,
        *,
        evidence: Evidence | None = None,
        leaving: Leaving | None = None,
    ) -> bool:
        """Note how the check of an archived URL ended; False if the lease is no longer the holder's."""
        values = {"last_check": result, "checked_at": text_of(now()), "tries": 0, "reason": ""}
        values |= {"checks": lease.checks + 1, **evidence_row(evidence or Evidence())}
        return self._finish(lease, values, leaving)

    def fail(
        self,
        lease: Lease,
        reason: str,
        *,
        tries_allowed: int,
        retry_seconds: float,
        then_due_at: datetime | None = None,
        leaving: Leaving | None = None,
    ) -> bool:
        """A failure that may pass: due again later, twice as late each time; `error` after the last try.

        A check that failed so often ends as `error` too, and the next one is due at `then_due_at`.
        """
        moment = now()
        with self._begin() as connection:
            held = {"held_id": lease.id, "held_attempt": lease.attempt}
            tries = (connection.scalar(_TRIES, held) or 0) + 1
            values: dict[str, Any] = {"reason": reason, "tries": tries}
            last = tries >= tries_allowed
            if not last:
                values["due_at"] = text_of(moment + timedelta(seconds=retry_seconds * 2 ** (tries - 1)))
                values |= {} if lease.check else {"state": "pending"}
            elif lease.check:
                values |= {"last_check": "error", "checked_at": text_of(moment), "tries": 0, "reason": ""}
                values |= {"checks": lease.checks + 1, "due_at": then_due_at and text_of(then_due_at)}
            else:
                values |= {"state": "error", "settled_at": text_of(moment), "due_at": None}
            return self._write(connection, lease, values, leaving, closed=last and not lease.check)

    def release(
        self, lease: Lease, *, due_at: datetime | None = None, leaving: Leaving | None = None
    ) -> bool:
        """Give the URL back, due at once or then."""
        values: dict[str, Any] = {"due_at": text_of(due_at or now())}
        return self._finish(lease, values if lease.check else {**values, "state": "pending"}, leaving)

    def _finish(
        self, lease: Lease, values: dict[str, Any], leaving: Leaving | None, *, closed: bool = False
    ) -> bool:
        with self._begin() as connection:
            return self._write(connection, lease, values, leaving, closed=closed)

    def _write(
        self,
        connection: sa.Connection,
        lease: Lease,
        values: dict[str, Any],
        leaving: Leaving | None,
        *,
        closed: bool,
    ) -> bool:
        held = {"held_id": lease.id, "held_attempt": lease.attempt}
        written = connection.execute(_FINISH, {**held, "owner": None, **values}).rowcount == 1
        if written and closed:
            connection.execute(_CLOSE, {"closed_id": lease.id, "open": 0})
        ledger_leasing.leave(connection, lease.owner, leaving or {})
        return written

    # --- Lists --------------------------------------------------------------------------------------

    def take_polls(
        self, run: str, job: str, wished: Sequence[Poll], *, delay: Delay = lambda _: 0.0
    ) -> TakenPolls:
        """Take those of the job's lists that are due and whose hosts no other run holds."""
        with self._begin() as connection:
            return ledger_polls.take_polls(connection, run, job, wished, delay)

    def note_poll(
        self,
        run: str,
        job: str,
        poll: Poll,
        answer: PollAnswer,
        *,
        children: Sequence[Poll] = (),
        leaving: Leaving | None = None,
    ) -> None:
        """Remember how a list answered, when it is due again, and the lists that it names."""
        with self._begin() as connection:
            ledger_polls.note_poll(connection, job, poll, answer, children)
            ledger_leasing.leave(connection, run, leaving or {})

    def known_children(self, job: str) -> list[Poll]:
        """The lists that other lists of the job named, if they are not read yet or had news of late."""
        with self._begin() as connection:
            return ledger_polls.children_of(connection, job)

    # --- Account ------------------------------------------------------------------------------------

    def connection(self) -> AbstractContextManager[sa.Connection]:
        """A connection for reports: it sees one state throughout and keeps nobody from writing."""
        return self._database.read()

    def count_by_state(self, job: str | None = None) -> dict[str, int]:
        """Number of URLs in each state, of one job or of all."""
        query = sa.select(urls.c.state, sa.func.count()).group_by(urls.c.state)
        if job is not None:
            query = query.where(urls.c.id.in_(_urls_of(job)))
        with self.connection() as connection:
            return {str(state): int(count) for state, count in connection.execute(query)}

    def archived_of(self, job: str) -> list[str]:
        """Ids of the archived articles among what the job announced, in whatever run."""
        query = sa.select(urls.c.article_id).distinct()
        query = query.where(urls.c.id.in_(_urls_of(job)), urls.c.state == "archived")
        with self.connection() as connection:
            return [str(identity) for identity in connection.scalars(query)]

    def rows(self) -> list[dict[str, Any]]:
        """All URLs in the order of their keys, each with its `host`, for tests and small reports."""
        query = sa.select(urls, hosts.c.name.label("host")).join(hosts, hosts.c.id == urls.c.host_id)
        with self.connection() as connection:
            return [dict(row) for row in connection.execute(query.order_by(urls.c.key)).mappings()]


# Built once: SQLAlchemy takes longer to build a statement than SQLite to run it.
_HELD = (
    (urls.c.id == sa.bindparam("held_id"))
    & urls.c.owner.is_not(None)
    & (urls.c.attempt == sa.bindparam("held_attempt"))
)
_FINISH = urls.update().where(_HELD)
_TRIES = sa.select(urls.c.tries).where(_HELD)
_CLOSE = wanted.update().where(wanted.c.url_id == sa.bindparam("closed_id"))


def _urls_of(job: str) -> sa.Select[Any]:
    return sa.select(wanted.c.url_id).join(jobs, jobs.c.id == wanted.c.job_id).where(jobs.c.name == job)
