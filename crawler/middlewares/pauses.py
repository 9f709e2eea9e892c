"""Which hosts asked to be left alone, and until when."""

from datetime import datetime, timedelta
from time import monotonic

from archive.clock import now
from crawler.settling import NotNow


class Pauses:
    """The paused hosts of one crawl, on the monotonic clock.

    `first`: seconds after a first 429 that says none; `longest`: what their doubling ends at.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self._until: dict[str, float] = {}
        self._refusals: dict[str, int] = {}

    def begin(self, host: str, seconds: float) -> float:
        """Leave the host alone for `seconds` from now, or until an earlier pause ends if that is later.

        Returns the seconds that this adds.
        """
        until, before = monotonic() + seconds, max(self._until.get(host, 0.0), monotonic())
        self._until[host] = max(until, before)
        return self._until[host] - before

    def left(self, host: str) -> float:
        """Seconds until the host may be asked again; 0 where it may be now."""
        return max(self._until.get(host, 0.0) - monotonic(), 0.0)

    def any(self) -> bool:
        """Whether a host is paused."""
        return any(self.left(host) for host in self._until)

    def refusal(self, host: str, status: int) -> float:
        """Seconds to wait after an answer without Retry-After: doubled with each 429 in a row, else 0."""
        if status != 429:
            self._refusals.pop(host, None)
            return 0.0
        self._refusals[host] = count = self._refusals.get(host, 0) + 1
        return min(self._first * 2.0 ** min(count - 1, 64), self._longest)

    def not_now(self, host: str) -> NotNow:
        """What to raise for a request to the host that is not to wait for the end of the pause."""
        return left_alone(host, now() + timedelta(seconds=self.left(host)))


def left_alone(host: str, until: datetime) -> NotNow:
    """The exception for a host that is not to be asked for anything until then."""
    return NotNow(f"{host} asks to be left alone until {until:%Y-%m-%dT%H:%M:%SZ}", until)
