"""Which hosts a run holds, and when another may have them: a run's own side of the ledger's table `hosts`."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from archive.clock import now


class HostTurns:
    """The hosts of one run. A host is held for the leases and lists under way on it, its holders.

    `delay`: seconds between two requests to a host that has none of its own in `delays`.
    """

    def __init__(self, delay: float, delays: Mapping[str, float]) -> None:
        self._delay = delay
        self._delays = dict(delays)
        self._paused: dict[str, datetime] = {}
        self._holders: dict[str, set[str]] = {}
        self._resting: dict[str, datetime] = {}

    def slow(self, host: str, seconds: float) -> None:
        """The host asks for a longer delay."""
        self._delays[host] = seconds

    def pause(self, host: str, until: datetime) -> None:
        """The host asks to be left alone until then."""
        self._paused[host] = until

    def rest(self, host: str, until: datetime) -> None:
        """The host was taken while it still rests from another run's request."""
        self._resting[host] = until

    def allowed_at(self, host: str) -> datetime:
        """When a host that is held may be asked."""
        return max(now(), self._resting.get(host, now()))

    def delay(self, host: str) -> float:
        """Seconds between two requests to the host."""
        return self._delays.get(host, self._delay)

    def enter(self, host: str, holder: str) -> None:
        """The host is held for this lease or list too."""
        self._holders.setdefault(host, set()).add(holder)

    def holds(self, host: str, holder: str | None = None) -> bool:
        """Whether the run holds the host, for this lease or list or for any."""
        return host in self._holders if holder is None else holder in self._holders.get(host, ())

    def leave(self, holder: str) -> dict[str, datetime]:
        """The lease or list is done with: hosts that nothing holds any more, and when they are rested."""
        for holders in self._holders.values():
            holders.discard(holder)
        return self._left([host for host, holders in self._holders.items() if not holders])

    def leave_all(self) -> dict[str, datetime]:
        """The run ends."""
        return self._left(list(self._holders))

    def _left(self, hosts: list[str]) -> dict[str, datetime]:
        for host in hosts:
            del self._holders[host]
        rested = {host: self._rested(host) for host in hosts}
        for host in hosts:
            self._resting.pop(host, None)
        return rested

    def _rested(self, host: str) -> datetime:
        moment = now()
        return max(
            moment + timedelta(seconds=self.delay(host)),
            self._paused.get(host, moment),
            self._resting.get(host, moment),
        )
