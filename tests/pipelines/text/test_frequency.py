"""Rare words weigh more, in every language, and nothing depends on an archive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.frequency import rarity, term_rarity, word_rarity
from pipelines.text.terms import stems


@pytest.mark.parametrize(
    ("language", "common", "less", "rare"),
    [
        ("de", "und", "Präsident", "Artilleriegeschosse"),
        ("en", "the", "president", "howitzers"),
        ("fr", "les", "président", "obusier"),
        ("ru", "что", "президент", "гаубица"),
        ("uk", "що", "президент", "гаубиця"),
        ("ar", "في", "رئيس", "مدافع"),
        ("pl", "nie", "prezydent", "haubica"),
        ("no", "og", "president", "haubits"),
    ],
)
def test_rarer_words_weigh_more(language: str, common: str, less: str, rare: str) -> None:
    weights = [term_rarity(language)[next(stems([word], language))[0]] for word in (common, less, rare)]
    assert weights == sorted(weights)
    assert weights[0] < 1.5 < weights[1] < weights[2]


def test_pairs_of_letters_weigh_by_the_words_they_stand_in() -> None:
    for language, common, rare in (("ja", "して", "砲弾"), ("ko", "하는", "곡사"), ("zh", "我们", "榴弹")):
        assert term_rarity(language)[common] < term_rarity(language)[rare]
    assert term_rarity("zh")["的我"] < term_rarity("zh")["榴炮"]  # across two words


def test_an_unlisted_word_is_as_rare_as_can_be() -> None:
    most = rarity(0.0)
    assert word_rarity("de")["qqxxyyzz"] == term_rarity("de")["qqxxyyzz"] == pytest.approx(most, abs=0.01)
    assert "qqxxyyzz" not in word_rarity("de")
    assert "haus" in word_rarity("de")


def test_a_language_without_a_list_treats_all_words_alike() -> None:
    for language in ("xx", "", "eo"):
        assert word_rarity(language)["anything"] == word_rarity(language)["else"] > 0
        assert "anything" not in word_rarity(language)


@given(st.floats(0, 1), st.floats(0, 1))
def test_rarity_falls_with_frequency(one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert 0.0 <= rarity(high) <= rarity(low) <= 10.5


@given(st.text(max_size=5), st.sampled_from(["ja", "ko", "zh", "de"]))
def test_any_term_has_a_weight(term: str, language: str) -> None:
    assert 0.0 <= term_rarity(language)[term] <= 10.5
