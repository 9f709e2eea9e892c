"""Dates of other calendars and digits, rewritten so that `pipelines.text.dates` reads them.

Arabic-Indic and other digits become 0 to 9; Persian (Solar Hijri), Buddhist and Minguo dates become ISO days.
"""

import re
import unicodedata
from datetime import date, timedelta

_PERSIAN_MONTHS = {
    "فروردین": 1, "اردیبهشت": 2, "خرداد": 3, "تیر": 4, "مرداد": 5, "امرداد": 5, "شهریور": 6,
    "مهر": 7, "آبان": 8, "آذر": 9, "دی": 10, "بهمن": 11, "اسفند": 12,
}  # fmt: skip
_THAI_MONTHS = {
    "มกราคม": 1, "กุมภาพันธ์": 2, "มีนาคม": 3, "เมษายน": 4, "พฤษภาคม": 5, "มิถุนายน": 6,
    "กรกฎาคม": 7, "สิงหาคม": 8, "กันยายน": 9, "ตุลาคม": 10, "พฤศจิกายน": 11, "ธันวาคม": 12,
    "ม.ค.": 1, "ก.พ.": 2, "มี.ค.": 3, "เม.ย.": 4, "พ.ค.": 5, "มิ.ย.": 6, "ก.ค.": 7, "ส.ค.": 8,
    "ก.ย.": 9, "ต.ค.": 10, "พ.ย.": 11, "ธ.ค.": 12,
}  # fmt: skip
BUDDHIST, MINGUO = 543, 1911
"""Years between these calendars and the Gregorian one."""


def _longest_first(names: dict[str, int]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_ARABIC_LETTERS = str.maketrans("يك", "یک")
"""Arabic's yeh and kaf, with which some Persian keyboards write the month names."""
_other_digit = re.compile(r"(?![0-9])\d")
_persian_year = re.compile(r"1[34]\d\d")
_persian = re.compile(
    rf"(?P<day>\d{{1,2}})\s+(?P<name>{_longest_first(_PERSIAN_MONTHS)})(?:\s*ماه)?\s+(?P<year>1[34]\d\d)"
    r"|(?P<year2>1[34]\d\d)\s?[/-]\s?(?P<month>\d{1,2})\s?[/-]\s?(?P<day2>\d{1,2})(?!\d)"
)
_thai = re.compile(
    rf"(?P<day>\d{{1,2}})\s*(?P<name>{_longest_first(_THAI_MONTHS)})\s*"
    r"(?:พ\.ศ\.\s*)?(?P<year>\d{4})"
)
_buddhist = re.compile(r"\b(?P<year>25[3-9]\d)-(?P<rest>\d\d-\d\d)")
_minguo = re.compile(
    r"(?:中華民國|民國)?\s?(?P<year>1[0-4]\d)\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日"
)
_east = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일号]?"
)


def to_gregorian(text: str) -> str:
    """The text with plain digits and the dates of these calendars, and of 年月日, in ISO form.

    Years 2530 to 2599 are Buddhist, 1300 to 1499 Persian, 100 to 149 with 年 Minguo: no others can be meant
    on a news page.
    """
    if plain := text.isascii():
        digits = text
    else:
        digits = _other_digit.sub(lambda found: str(unicodedata.digit(found.group())), text)
    text = (
        _persian.sub(_from_persian, digits.translate(_ARABIC_LETTERS))
        if _persian_year.search(digits)
        else digits
    )
    if "25" in text:
        text = _buddhist.sub(lambda found: f"{int(found['year']) - BUDDHIST}-{found['rest']}", text)
    if plain:  # the others have letters of their own
        return text
    text = _thai.sub(_from_thai, text)
    text = _minguo.sub(
        lambda found: _iso(int(found["year"]) + MINGUO, int(found["month"]), int(found["day"])), text
    )
    return _east.sub(lambda found: _iso(int(found["year"]), int(found["month"]), int(found["day"])), text)


def _iso(year: int, month: int, day: int) -> str:
    return f"{year:04d}-{month:02d}-{day:02d} "


def _from_thai(found: re.Match[str]) -> str:
    year = int(found["year"])
    return _iso(year - BUDDHIST if year > 2400 else year, _THAI_MONTHS[found["name"]], int(found["day"]))


def _from_persian(found: re.Match[str]) -> str:
    year = int(found["year"] or found["year2"])
    month = _PERSIAN_MONTHS[found["name"]] if found["name"] else int(found["month"])
    day = int(found["day"] or found["day2"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return found.group()
    return f"{persian_day(year, month, day).isoformat()} "


def persian_day(year: int, month: int, day: int) -> date:
    """The Gregorian day of a Solar Hijri one: counted from 1 Farvardin 1403, 8 leap years in 33."""
    before = 31 * (month - 1) if month <= 7 else 30 * (month - 1) + 6
    return date(2024, 3, 20) + timedelta(days=_persian_days(year) - _persian_days(1403) + before + day - 1)


def _persian_days(year: int) -> int:
    """Days before a year, from a fixed one; 8 of 33 years have a leap day."""
    count = year + 1595
    return 365 * count + 8 * (count // 33) + (count % 33 + 3) // 4
