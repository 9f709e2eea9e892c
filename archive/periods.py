"""Days, months, years and instants, as people write them in a search -> moments in UTC."""

import re
from datetime import UTC, datetime, timedelta

from dateutil.relativedelta import relativedelta

from archive.errors import BadQuery

_PERIODS = (
    (re.compile(r"\d{4}"), "%Y", relativedelta(years=1)),
    (re.compile(r"\d{4}-\d{2}"), "%Y-%m", relativedelta(months=1)),
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d", relativedelta(days=1)),
)


def start_of(when: str | datetime) -> datetime:
    """The first moment of a day, month or year ("2022-09-08", "2022-09", "2022"), or the instant itself.

    UTC where the text names no zone. Raises BadQuery.
    """
    return _period(when)[0]


def end_of(when: str | datetime) -> datetime:
    """The first moment after a day, month or year, or one second after an instant. Raises BadQuery."""
    return _period(when)[1]


def _period(when: str | datetime) -> tuple[datetime, datetime]:
    try:
        if isinstance(when, datetime):
            return _instant(when)
        for pattern, form, length in _PERIODS:
            if pattern.fullmatch(when):
                start = datetime.strptime(when, form).replace(tzinfo=UTC)
                return start, start + length
        return _instant(datetime.fromisoformat(when))
    except (ValueError, OverflowError):
        form = "use 2022-09-08, 2022-09, 2022 or 2022-09-08T04:29:07Z"
        raise BadQuery(f"not a date: {str(when)!r}; {form}") from None


def _instant(when: datetime) -> tuple[datetime, datetime]:
    aware = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return aware, aware + timedelta(seconds=1)
