"""The neutral tree; what it finds is in test_contract.py."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import BadQuery
from archive.query import (
    AllOf,
    AnyOf,
    Dated,
    Everything,
    Exact,
    Filled,
    NoneOf,
    Query,
    Words,
    parse_query,
)


def test_tree() -> None:
    assert parse_query("kim (letter OR note*) -x").root == AllOf(
        (
            Words("", "kim"),
            AnyOf((Words("", "letter"), Words("", "note", prefix=True))),
            NoneOf(Words("", "x")),
        )
    )
    assert parse_query('title:"a b"~2').root == Words("headline", "a b", slop=2)
    assert parse_query("author:*").root == Filled("authors")
    assert parse_query("lang:DE").root == Exact("in_language", "de")
    assert parse_query("a OR +b").root == Words("", "b")


@pytest.mark.parametrize("words", ["*", "*:*", " * ", "(*)"])
def test_everything(words: str) -> None:
    assert parse_query(words) == Query(root=Everything())


def test_escapes() -> None:
    assert parse_query(r"a\*").root == Words("", "a*")
    assert parse_query(r"\"a").root == Words("", '"a')
    assert parse_query(r'"say \"no\" now"').root == Words("", 'say "no" now')


def test_sites_are_named_as_articles_name_them() -> None:
    query = parse_query(
        "site:WWW.Paper.example", sites=["https://www.other.example/x", "münchen.de", "other.example"]
    )
    assert query.root == Exact("site", "paper.example")
    assert query.sites == ("other.example", "xn--mnchen-3ya.de")


def test_filters() -> None:
    query = parse_query("x", languages=["de", "DE", "zh_Hant"], date_from="2022-09", date_to="2022-09-08")
    assert query.languages == ("de", "zh-hant")
    assert query.dates is not None
    assert [str(time)[:10] for time in (query.dates.start, query.dates.end)] == ["2022-09-01", "2022-09-09"]
    assert parse_query("x", date_to="2022").dates == Dated(None, parse_query("date:<=2022").root.end)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ('"x', "cannot search for '\"x': unterminated quotation mark; close it"),
        ("", "cannot search for nothing"),
        ("  ", "cannot search for nothing"),
        ("(a", "parenthesis"),
        ("a)", "parenthesis"),
        ("a AND", "AND, OR or NOT lacks a word"),
        ("OR a", "AND, OR or NOT lacks a word"),
        ("NOT", "AND, OR or NOT lacks a word"),
        ("a \\", "backslash"),
        ("a~2", "similar spelling"),
        ("a^2", "weights"),
        ("/a.*/", "slashes"),
        ("r?k", "only at the end of a word"),
        ("*rak", "only at the end of a word"),
        ("a && b", "'&&' is not an operator"),
        ("!a", "'!a' is not an operator"),
        ("foo:bar", "there is no field 'foo'; fields are headline"),
        ("https://paper.example/a", "there is no field 'https'"),
        ("title:(text:a)", "stands inside another"),
        ("headline:[a TO b]", "only dates have ranges"),
        ("a OR as_of:2022", "as_of is for the whole search"),
        ("NOT as_of:2022", "as_of is for the whole search"),
        ("(a as_of:2022)", "as_of is for the whole search"),
        ("as_of:[2021 TO 2022]", "as_of is for the whole search"),
        ("as_of:2021 as_of:2022", "as_of stands in it twice"),
        ("as_of:*", "not a date"),
        ("date:foo", "not a date: 'foo'"),
        ("date:[2022-13 TO *]", "not a date: '2022-13'"),
        ("date:[2023 TO 2022]", "swap the two dates"),
        ("copy_of:maybe", "copy_of:yes or copy_of:no"),
        ("site:pap*", "matched as a whole"),
        ("... !!!", "there is no word in it"),
        ("(" * 60 + "a" + ")" * 60, "nested"),
        ("a " * 3000, "6000 characters|5999 characters"),
    ],
)
def test_one_line_for_what_cannot_be_understood(words: str, message: str) -> None:
    with pytest.raises(BadQuery, match=message) as caught:
        parse_query(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "root", "moment"),
    [
        ("as_of:2022-09-08", "*", "2022-09-09T00:00:00"),
        ("as_of:2022 a b", "a b", "2023-01-01T00:00:00"),
        ("a AS_OF:2022-09-08T12:00Z b", "a b", "2022-09-08T12:00:01"),
        ('a AND as_of:"2022-09-08T12:00+02:00"', "a", "2022-09-08T10:00:01"),
        ("(a OR b) as_of:2022-09", "a OR b", "2022-10-01T00:00:00"),
    ],
)
def test_as_of_is_the_end_of_a_time(words: str, root: str, moment: str) -> None:
    query = parse_query(words)
    assert query.as_of is not None
    assert query.as_of.isoformat() == f"{moment}+00:00"
    assert query.root == parse_query(root).root
    assert parse_query(root).as_of is None


def test_dates_out_of_order() -> None:
    with pytest.raises(BadQuery, match="swap the two dates"):
        parse_query("x", date_from="2022-09-08", date_to="2022-09-07")
    with pytest.raises(BadQuery, match="not a date: 'soon'"):
        parse_query("x", date_from="soon")


@settings(max_examples=400)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet='ab "()*?~:-+\\[]{}/<>=^!&|\n', max_size=30),
        st.lists(
            st.sampled_from(
                ["AND", "OR", "NOT", "TO", "a", "(", ")", "date:", "as_of:", "[", "]", "*", "2022"]
            )
        ).map(" ".join),
    )
)
def test_any_text_is_a_query_or_a_bad_query(words: str) -> None:
    try:
        query = parse_query(words)
    except BadQuery as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert hash(query) == hash(parse_query(words))


def test_threads_may_parse_at_once() -> None:
    right: list[bool] = []

    def work(number: int) -> None:
        wanted = AnyOf((Words("", f"a{number}"), Words("", f"b{number}")))
        right.extend(parse_query(f"a{number} OR b{number}").root == wanted for _ in range(50))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert right == [True] * 200
