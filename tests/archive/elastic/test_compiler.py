"""What compiled queries ask for; what they find, test_contract and test_parity test on both archives."""

import json
from typing import Any

import pytest

from archive.elastic.compiler import NEAR_CLAUSES, Compiler, near_to
from archive.query import STEM_WEIGHT, parse_query

LANGUAGES = ["de", "en", "en-GB", "ja", "und", "xx"]


def compiled(text: str, **filters: Any) -> str:
    return json.dumps(Compiler(LANGUAGES).compile(parse_query(text, **filters)), ensure_ascii=False)


def fields(text: str, **filters: Any) -> set[str]:
    """The text fields in which the query looks."""
    found: set[str] = set()

    def walk(part: Any) -> None:
        for name, value in part.items() if isinstance(part, dict) else ():
            if name in ("match_phrase", "match", "prefix", "match_phrase_prefix"):
                found.update({*value} - {"in_language"})
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            walk(value)

    walk(json.loads(compiled(text, **filters)))
    return found


def test_a_word_is_sought_in_each_language_once_and_folded() -> None:
    assert fields("text:rakete") == {"article_body", "text.de", "text.en", "text.ja", "text.und"}


def test_a_filter_by_language_leaves_the_other_languages_out() -> None:
    assert fields("text:rakete", languages=["de"]) == {"article_body", "text.de"}


def test_names_and_beginnings_are_sought_by_folded_words_alone() -> None:
    assert fields("author:kühn") == {"authors_words"}
    assert fields("headline:rak*") == {"headline"}


def test_beginnings_are_folded() -> None:
    assert '"prefix": {"headline": {"value": "pjong"}}' in compiled("headline:PJÖNG*")


def test_the_stem_weighs_less_than_the_word_itself() -> None:
    de, folded = (
        next(
            option["match_phrase"][field]
            for option in _options("text:rakete")
            if field in option["match_phrase"]
        )
        for field in ("text.de", "article_body")
    )
    assert (de["boost"], folded["boost"]) == (STEM_WEIGHT, 1)


def _options(text: str) -> list[Any]:
    compiled = Compiler(["de"]).compile(parse_query(text))
    options: list[Any] = compiled["bool"]["must"][0]["bool"]["should"]
    return options


@pytest.mark.parametrize("text", ["*", "lang:de", "date:2022", "NOT access:paywall"])
def test_without_words_there_is_no_score(text: str) -> None:
    query = compiled(text)
    assert "match_phrase" not in query
    assert '"boost": 1' not in query


class TestNear:
    def test_so_many_clauses_at_most(self) -> None:
        for number in (3, NEAR_CLAUSES, NEAR_CLAUSES + 1, 30_000):
            query = near_to(range(number), 3)["bool"]
            assert len(query["should"]) == min(number, NEAR_CLAUSES)
            assert query["minimum_should_match"] == (3 if number <= NEAR_CLAUSES else 1)

    def test_every_hash_is_asked_for_in_both_of_its_forms(self) -> None:
        values = {-5, 7, 2**64 - 9, *range(100, 5000)}
        asked = {
            form
            for part in near_to(list(values), 3)["bool"]["should"]
            for form in part["constant_score"]["filter"]["terms"]["fingerprint"]
        }
        assert {"-5", str(2**64 - 5), "7", "-9", str(2**64 - 9), "100", "4999"} <= asked
