"""The one clock of the project."""

import os
from datetime import UTC, datetime, timedelta

_OFFSET = timedelta(seconds=float(os.environ.get("STORYTRAIL_CLOCK_OFFSET") or 0))
"""Seconds added to the machine's clock, so that a crawl can be tried at another time (environment)."""


def now() -> datetime:
    """The present time, aware, UTC."""
    return datetime.now(UTC) + _OFFSET
