"""A crawl's side of the ledger: announce, take work, settle; all without blocking the event loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from archive.clock import now
from archive.errors import LedgerError
from archive.url import host_of
from crawler.discovery.schedule import next_check
from crawler.host_turns import HostTurns
from crawler.ledger import Ledger
from crawler.ledger_database import DATABASE_ERRORS, may_pass, reason_of
from crawler.ledger_records import (
    CheckResult,
    Evidence,
    Known,
    Lease,
    Outcome,
    Poll,
    PollAnswer,
    TakenPolls,
    Work,
)
from pipelines.opened import state_dir

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


def ledger_at(settings: "BaseSettings", *, create: bool = True) -> Ledger:
    """The ledger of the settings LEDGER_URL and STATE_DIR. Raises LedgerError where it cannot be opened.

    `create` off: nothing is made where there is none; that is a LedgerError too.
    """
    url = settings.get("LEDGER_URL")
    if not url:
        folder = state_dir(settings)
        try:
            if create:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"cannot make the state folder {folder}: {error.strerror}") from None
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
    return Ledger(
        url,
        lease_seconds=settings.getfloat("LEASE_SECONDS"),
        timeout=settings.getfloat("LEDGER_TIMEOUT"),
        create=create,
    )


class Frontier:
    """The leases of one run. Ledger calls run one after another in a thread of their own."""

    def __init__(self, settings: "BaseSettings", job: str) -> None:
        self.job = job
        self.held: dict[str, Lease] = {}
        """Leases that are not settled yet, by ledger key."""
        self.changed = asyncio.Event()
        """Set whenever there may be something to take, or nothing left to wait for."""
        self.more_at: datetime | None = None
        """When to ask again for leases, as hosts rest or are another run's; None: nothing else is due."""
        self._heartbeat_seconds = settings.getfloat("HEARTBEAT_SECONDS")
        self._tries_allowed = settings.getint("ERROR_TRIES")
        self._retry_seconds = settings.getfloat("ERROR_RETRY_SECONDS")
        self._ladder = [float(age) for age in settings.getlist("RECHECK_LADDER")]
        slots = settings.getdict("DOWNLOAD_SLOTS")
        delays = {host: float(slot["delay"]) for host, slot in slots.items() if "delay" in slot}
        self._turns = HostTurns(settings.getfloat("DOWNLOAD_DELAY"), delays)
        self._longest_wait = timedelta(seconds=settings.getfloat("RETRY_AFTER_MAX"))
        self._timeout = settings.getfloat("LEDGER_TIMEOUT")
        self._ledger = ledger_at(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._run = ""
        self._heart: asyncio.Task[None] | None = None
        self.broken = ""
        """Why the ledger cannot be written any more; empty while it can."""

    async def open(self) -> None:
        """Register the run and keep its heart beating."""
        self._run = await self._call(self._ledger.start_run, self.job)
        self._heart = asyncio.create_task(self._beat())

    async def close(self, finish_reason: str) -> None:
        """Give back what is still held and end the run; a second call does nothing."""
        if not self._run:
            return
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        run, self._run = self._run, ""
        try:
            await self._call(self._ledger.end_run, run, finish_reason, leaving=self._turns.leave_all())
        except LedgerError as error:  # the leases fall due again when this process is gone
            logger.warning("%s", error)
        finally:
            await self._call(self._ledger.close)
            self._thread.shutdown(wait=False)

    # --- URLs ---------------------------------------------------------------------------------------

    async def announce(self, works: Sequence[Work]) -> list[Known]:
        """Write the URLs that are new; one answer each, in order."""
        return await self._call(self._ledger.announce, self.job, works) if works else []

    async def take(self, limit: int, *, per_host: int | None = None) -> list[Lease]:
        """Lease up to `limit` URLs of this job that are due; sets `more_at`. See `Ledger.take`."""
        ask = partial(self._ledger.take, per_host=per_host, delay=self._turns.delay)
        taken = await self._entering(
            partial(ask, self._run, self.job, limit),
            lambda taken: [(lease.host, lease.key) for lease in taken.leases],
        )
        too_far = taken.more_at is None or taken.more_at - now() > self._longest_wait
        self.more_at = None if too_far else taken.more_at
        self.held |= {lease.key: lease for lease in taken.leases}
        return list(taken.leases)

    async def take_url(self, url: str) -> Lease | None:
        """Lease this URL now, whoever holds its host; None where it is not pending."""
        lease = await self._call(self._ledger.take_url, self._run, self.job, url)
        if lease is not None:
            await self.admit(lease.host, lease.key)
            self.held[lease.key] = lease
        return lease

    async def settle(
        self, lease: Lease, outcome: Outcome, *, reason: str = "", evidence: Evidence | None = None
    ) -> bool:
        """Give the URL its outcome; False if the lease was lost or the ledger cannot be written."""
        return await self._finish(
            lease, partial(self._ledger.settle, lease, outcome, reason=reason, evidence=evidence)
        )

    async def checked(self, lease: Lease, result: CheckResult, evidence: Evidence) -> bool:
        """Note how the check of an archived URL ended; False as for `settle`."""
        return await self._finish(lease, partial(self._ledger.checked, lease, result, evidence=evidence))

    async def fail(self, lease: Lease, reason: str) -> bool:
        """A failure that may pass: due again later; settled as `error` after the last try."""
        end = partial(
            self._ledger.fail,
            lease,
            reason,
            tries_allowed=self._tries_allowed,
            retry_seconds=self._retry_seconds,
            then_due_at=self.next_check(lease, None) if lease.check else None,
        )
        return await self._finish(lease, end)

    async def release(self, lease: Lease, due_at: datetime | None = None) -> bool:
        """Give the URL back, due at once or then, as if it had not been leased."""
        return await self._finish(lease, partial(self._ledger.release, lease, due_at=due_at))

    def next_check(self, lease: Lease, published: datetime | None) -> datetime | None:
        """When the page is to be looked at again; None: never (setting RECHECK_LADDER)."""
        moment = now()
        first_seen = lease.settled_at or moment
        return next_check(published or lease.work.date_published, first_seen, moment, self._ladder)

    # --- Hosts --------------------------------------------------------------------------------------

    def slow(self, host: str, seconds: float) -> None:
        """The host asks for a longer delay between requests."""
        self._turns.slow(host, seconds)

    def pause(self, host: str, until: datetime) -> None:
        """The host asks to be left alone until then."""
        self._turns.pause(host, until)

    async def admit(self, host: str, holder: str) -> datetime | None:
        """When a request of this lease or list may go to the host; None while another run holds it."""
        if self._turns.holds(host, holder):
            return self._turns.allowed_at(host)

        def take() -> datetime | None:
            if self._turns.holds(host):
                return self._turns.allowed_at(host)
            allowed_at = self._ledger.take_host(self._run, host, delay=self._turns.delay)
            if allowed_at is not None:
                self._turns.rest(host, allowed_at)
            return allowed_at

        return await self._entering(take, lambda allowed_at: [(host, holder)] if allowed_at else [])

    # --- Lists --------------------------------------------------------------------------------------

    async def take_polls(self, wished: Sequence[Poll]) -> TakenPolls:
        """Those lists that are due and whose hosts no other run holds. See `Ledger.take_polls`."""
        ask = partial(self._ledger.take_polls, self._run, self.job, delay=self._turns.delay)
        return await self._entering(
            partial(ask, wished), lambda taken: [(host_of(poll.url), poll.url) for poll in taken.polls]
        )

    async def note_poll(self, poll: Poll, answer: PollAnswer, children: Sequence[Poll] = ()) -> None:
        """Remember how a list answered, and the lists that it names."""
        note = partial(self._ledger.note_poll, self._run, self.job, poll, answer, children=children)
        await self._leaving(poll.url, note)

    async def known_children(self) -> list[Poll]:
        """See `Ledger.known_children`."""
        return await self._call(self._ledger.known_children, self.job)

    async def leave(self, poll: Poll) -> None:
        """The list was not read after all."""
        await self._leaving(poll.url, partial(self._ledger.leave, self._run))

    # --- Account ------------------------------------------------------------------------------------

    async def count_by_state(self) -> dict[str, int]:
        """Number of this job's URLs in each state."""
        return await self._call(self._ledger.count_by_state, self.job)

    async def archived_before(self) -> list[str]:
        """Ids of the archived articles among what this job announced in earlier runs."""
        return await self._call(self._ledger.archived_of, self.job)

    async def _finish(self, lease: Lease, finish: Callable[..., bool]) -> bool:
        try:
            return await self._leaving(lease.key, finish)
        except LedgerError as error:  # the row stays leased; `end_run` or our death gives it back
            self.broken = str(error)
            return False
        finally:
            self.held.pop(lease.key, None)
            self.changed.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            try:
                if await self._call(self._ledger.heartbeat, self._run):
                    self.changed.set()
            except LedgerError as error:
                logger.warning("%s", error)

    # Which hosts the run holds changes in the ledger's thread alone, together with the ledger: a host must
    # not be given back at the end of one lease while another on it is being taken.

    async def _entering(
        self, take: Callable[[], _T], holders: Callable[[_T], Sequence[tuple[str, str]]]
    ) -> _T:
        """Take something that holds hosts: `holders` says which host for which lease or list."""

        def work() -> _T:
            taken = self._patiently(take)
            for host, holder in holders(taken):
                self._turns.enter(host, holder)
            return taken

        return await self._in_thread(work)

    async def _leaving(self, holder: str, finish: Callable[..., _T]) -> _T:
        """Finish a lease or list, and give back the hosts that were held for it alone."""
        return await self._in_thread(
            lambda: self._patiently(partial(finish, leaving=self._turns.leave(holder)))
        )

    async def _call(self, function: Callable[..., _T], *args: object, **kwargs: object) -> _T:
        return await self._in_thread(partial(self._patiently, partial(function, *args, **kwargs)))

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except DATABASE_ERRORS as error:
            reason = reason_of(error)
            raise LedgerError(f"the ledger {self._ledger.location} cannot be written: {reason}") from None

    def _patiently(self, work: Callable[[], _T]) -> _T:
        """Again while the database is away; a call that was carried out all the same does no harm."""
        again = Retrying(
            retry=retry_if_exception(may_pass),
            stop=stop_after_delay(self._timeout),
            wait=wait_random_exponential(0.1, max=5),
            reraise=True,
        )
        return again(work)
