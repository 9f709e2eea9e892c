from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.discovery.values import absolute, encoding_of, from_struct, parse_date, plain_text
from tests.crawler.discovery.fixture_files import NOW, utc


@pytest.mark.parametrize(
    "raw",
    [
        "2022-09-08T06:29:07+02:00",
        "2022-09-08T04:29:07Z",
        "2022-09-08 04:29:07",
        "Thu, 08 Sep 2022 04:29:07 GMT",
        "Thu, 8 Sep 2022 06:29:07 CEST",
        "Thu, 08 Sep 2022 06:29:07 +0200",
        "08 Sep 22 00:29:07 EDT",
        "  Thu,  08 Sep 2022\n13:29:07 KST ",
        "2022-09-08 06:29:07 +0200",
        "08.09.2022 04:29:07",
        "2022-09-08T04:29:07 XYZ",
    ],
)
def test_dates(raw: str) -> None:
    assert parse_date(raw, NOW) == utc(2022, 9, 8, 4, 29, 7)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "gestern",
        "10:30",
        "2022",
        "2022-09",
        "September 2022",
        "08/09/2022",
        "0001-01-01T00:00:00",
        "9" * 90,
        "1970-01-01T00:00:00Z",
        "2022-09-11",
        "Thu, 08 Sep 2022 06:29:07 +9900",
        "0001-01-01T00:00:00+05:00",
        "\x00",
    ],
)
def test_what_is_no_date_or_cannot_be_true(raw: str) -> None:
    assert parse_date(raw, NOW) is None


def test_both_orders_of_a_numeric_date_where_only_one_fits() -> None:
    assert parse_date("09/25/2021") == parse_date("25/09/2021") == utc(2021, 9, 25)


@given(st.text(max_size=40))
def test_any_text_as_a_date(raw: str) -> None:
    moment = parse_date(raw, NOW)
    assert moment is None or (moment.tzinfo is UTC and moment <= NOW + timedelta(days=2))


@given(
    st.datetimes(utc(1990, 1, 1).replace(tzinfo=None), utc(2022, 9, 8).replace(tzinfo=None)),
    st.integers(-12 * 60, 14 * 60),
)
def test_iso_dates_keep_their_moment(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=UTC)
    local = aware + timedelta(minutes=minutes)
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    raw = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06}{sign}{rest // 60:02}:{rest % 60:02}"
    assert parse_date(raw, NOW) == aware


def test_no_struct_is_no_date() -> None:
    assert from_struct(None) is None


def test_plain_text() -> None:
    assert plain_text("a<p>b</p>c <!-- x --><b>d</b>e &amp;amp; f<script>g</script>") == "a b c de &amp; f"
    assert plain_text("A &lt; B") == "A < B"
    assert plain_text("A < B", is_html=False) == "A < B"
    assert plain_text("a\u00ad\u200bb\x00\n c\ud800") == "ab c"


@given(st.text(), st.booleans())
def test_plain_text_of_anything(text: str, is_html: bool) -> None:
    plain = plain_text(text, is_html=is_html)
    assert plain == " ".join(plain.split())
    plain.encode()


def test_absolute() -> None:
    assert absolute("http://a.example/b/c", "../d#e") == "http://a.example/d"
    assert absolute("http://a.example/", " http://a.example/\nx ") == "http://a.example/x"
    for link in ("", "mailto:a@b.example", "javascript:void(0)", "http://[", "ftp://a.example/", "/", "#top"):
        assert absolute("http://a.example/", link) == ""


def test_encoding_of_what_is_declared_in_a_way_python_must_not_follow() -> None:
    for name in ("rot13", "idna", "undefined", "unicode_escape", "nonsense"):
        assert encoding_of(f'<?xml encoding="{name}"?>é'.encode()) == ("utf-8", "")


def test_encoding_that_looks_like_ascii() -> None:
    body = b'<?xml version="1.0" encoding="iso-2022-jp"?>' + "港".encode("iso-2022-jp")
    assert encoding_of(body) == ("iso2022_jp", "")


def test_a_character_cut_at_the_end_is_still_utf_8() -> None:
    assert encoding_of("Брюс".encode()[:-1]) == ("utf-8", "")


def test_a_single_odd_byte_is_read_as_the_webs_default() -> None:
    assert encoding_of(b'<meta charset="utf-8">Caf\xe9 du port')[0] == "cp1252"
