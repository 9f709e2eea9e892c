import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.calendars import persian_day, to_gregorian


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("中華民國115年3月8日 星期日", "2026-03-08"),
        ("سه‌شنبه ۱۵ مهر ۱۴۰۴", "2025-10-07"),
        ("1403/01/01", "2024-03-20"),
        ("20 มกราคม 2569", "2026-01-20"),
        ("2569-01-20T14:05:00+07:00", "2026-01-20"),
        ("2026年5月12日（火）", "2026-05-12"),
        ("2026년 5월 2일", "2026-05-02"),
        ("٩/٢/٢٠٢٦", "9/2/2026"),
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z"),
    ],
)
def test_days(text: str, day: str) -> None:
    assert day in to_gregorian(text)


@pytest.mark.parametrize(
    ("year", "day"), [(1375, "1996-03-20"), (1400, "2021-03-21"), (1404, "2025-03-21"), (1408, "2029-03-20")]
)
def test_the_persian_new_year(year: int, day: str) -> None:
    assert persian_day(year, 1, 1).isoformat() == day


@given(st.text(max_size=80))
def test_any_text_goes_through(text: str) -> None:
    to_gregorian(text)
