"""The option `--since` of commands."""

from datetime import datetime

from archive.errors import BadQuery, UsageError
from archive.periods import start_of


def since_of(given: str | None) -> datetime | None:
    """The moment that `--since` names: the start of a day, month or year, or an instant; None without it.

    Raises UsageError.
    """
    if given is None:
        return None
    try:
        return start_of(given)
    except BadQuery as error:
        raise UsageError(f"--since: {error}") from None
