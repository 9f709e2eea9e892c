import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import BadQuery
from archive.periods import end_of, start_of


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("when", "start", "end"),
    [
        ("2022", utc(2022, 1, 1), utc(2023, 1, 1)),
        ("2022-02", utc(2022, 2, 1), utc(2022, 3, 1)),
        ("2022-12", utc(2022, 12, 1), utc(2023, 1, 1)),
        ("2024-02-29", utc(2024, 2, 29), utc(2024, 3, 1)),
        ("2022-09-08T04:29:07Z", utc(2022, 9, 8, 4, 29, 7), utc(2022, 9, 8, 4, 29, 8)),
        ("2022-09-08T04:29:07+02:00", utc(2022, 9, 8, 2, 29, 7), utc(2022, 9, 8, 2, 29, 8)),
        ("2022-09-08 04:29", utc(2022, 9, 8, 4, 29), utc(2022, 9, 8, 4, 29, 1)),
        (utc(2022, 9, 8), utc(2022, 9, 8), utc(2022, 9, 8, 0, 0, 1)),
        (datetime(2022, 9, 8), utc(2022, 9, 8), utc(2022, 9, 8, 0, 0, 1)),  # noqa: DTZ001
    ],
)
def test_periods(when: str | datetime, start: datetime, end: datetime) -> None:
    assert start_of(when) == start
    assert end_of(when) == end


@pytest.mark.parametrize(
    "when", ["", "foo", "2022-13", "2022-02-30", "0000", "99999", "9999", "8.9.2022", "12:30"]
)
def test_what_is_no_date(when: str) -> None:
    with pytest.raises(BadQuery, match="not a date"):
        end_of(when)


@given(st.text(max_size=30))
def test_any_text(when: str) -> None:
    with contextlib.suppress(BadQuery):
        assert start_of(when) < end_of(when)
