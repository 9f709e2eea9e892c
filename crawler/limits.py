"""Bounds of the settings that are numbers, checked before a crawl starts."""

from typing import TYPE_CHECKING

from archive.errors import UsageError

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

BOUNDS: dict[str, tuple[float, float]] = {
    "CONCURRENT_REQUESTS": (1, 10_000),
    "CONCURRENT_REQUESTS_PER_DOMAIN": (1, 1_000),
    "DOWNLOAD_DELAY": (0, 86_400),
    "DOWNLOAD_DELAY_JITTER": (0, 1),
    "CRAWL_DELAY_MAX": (0, 86_400),
    "RETRY_AFTER_MAX": (0, 86_400),
    "TOO_MANY_REQUESTS_PAUSE": (0, 86_400),
    "POLL_MIN_SECONDS": (1, 10**8),
    "POLL_MAX_SECONDS": (1, 10**8),
    "DOWNLOAD_TIMEOUT": (1, 86_400),
    "DOWNLOAD_MAXSIZE": (0, 2**40),
    "READ_WORKERS": (1, 1_000),
    "READ_TIMEOUT": (0.1, 86_400),
    "WARC_MAX_SIZE": (1, 2**50),
    "ELASTICSEARCH_TIMEOUT": (0.1, 3_600),
    "ARCHIVE_SPOOL_MAX_SIZE": (1, 2**50),
    "LEASE_BATCH": (1, 100_000),
    "LEASES_PER_HOST": (1, 100_000),
    "HEARTBEAT_SECONDS": (0.1, 3_600),
    "LEASE_SECONDS": (1, 86_400),
    "LEDGER_TIMEOUT": (0.1, 3_600),
    "ERROR_TRIES": (1, 1_000),
    "ERROR_RETRY_SECONDS": (0, 10**9),
    "DUPLICATE_OVERLAP": (0.01, 1),
    "MAX_FAILED_SHARE": (0, 1),
    "MIN_FETCHES_FOR_SHARE": (1, 10**9),
    "SILENCE_HOURS": (1, 672),
    "SILENCE_DAYS": (1, 28),
    "LIST_FAILURES_MAX": (1, 10**6),
    "ERROR_SHARE_MAX": (0, 1),
    "ALARM_MIN_PAGES": (1, 10**6),
}
"""Smallest and largest sensible value of each."""


def check_numbers(settings: "BaseSettings") -> None:
    """Raises UsageError in one line for the first setting that is no number or out of its bounds."""
    for name, (low, high) in BOUNDS.items():
        given = settings.get(name)
        try:
            value = float(given)
        except (TypeError, ValueError):
            raise UsageError(f"setting {name} must be a number, not {given!r}") from None
        if not low <= value <= high:
            raise UsageError(f"setting {name} must be from {low:g} to {high:g}, not {given}")
    try:
        [float(age) for age in settings.getlist("RECHECK_LADDER")]
    except ValueError:
        given = settings["RECHECK_LADDER"]
        raise UsageError(f"setting RECHECK_LADDER must be seconds between commas, not {given!r}") from None
