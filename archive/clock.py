"""The one clock of the project."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present time, aware, UTC."""
    return datetime.now(UTC)
