"""Inflections meet, in every kind of script."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.terms import bare, fold, normalised, pairs, primary, stems, word_spans, words


def terms(text: str, language: str) -> list[str]:
    return [term for term, _ in stems(words(text), language)]


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("de", "Rakete", "Raketen"),
        ("en", "missile", "missiles"),
        ("fr", "sanction", "sanctions"),
        ("es", "acuerdo", "acuerdos"),
        ("ru", "ракета", "ракетами"),
        ("pl", "rakieta", "rakiety"),
        ("cs", "raketa", "rakety"),
        ("ar", "صاروخ", "الصاروخ"),
        ("tr", "okul", "okullar"),
        ("uk", "ракета", "ракетами"),
        ("bg", "ракета", "ракетата"),
    ],
)
def test_inflections_meet(language: str, one: str, two: str) -> None:
    assert terms(one, language) == terms(two, language) != []


def test_pairs_of_letters_where_words_are_not_parted() -> None:
    assert terms("北朝鮮がミサイル", "ja") == ["北朝", "朝鮮", "鮮が", "がミ", "ミサ", "サイ", "イル"]
    assert set(terms("미사일을", "ko")) >= set(terms("미사일", "ko"))
    assert list(pairs("一")) == ["一"]


def test_words_keep_their_spelling_and_place() -> None:
    text = normalised("L’État, c’est moi! हिन्दी पाठ")
    assert words(text) == ["L", "État", "c", "est", "moi", "हिन्दी", "पाठ"]
    assert [text[start:end] for _, start, end in word_spans(text)] == words(text)


def test_numbers_and_single_letters_are_no_terms() -> None:
    assert terms("a 7 2022 b", "en") == []


def test_particles_fall_off() -> None:
    assert "러시아" in list(bare("러시아에서", "ko"))
    assert "روسيا" in list(bare("وروسيا", "ar"))
    assert "صين" in list(bare("والصين", "ar-EG"))
    assert list(bare("haus", "de")) == ["haus"]


def test_codes_and_folding() -> None:
    assert [primary(code) for code in ("de-AT", "zh_Hant", "EN", "")] == ["de", "zh", "en", ""]
    assert [fold(word) for word in ("Pjöngjang", "İran", "ПУТИН", "サ")] == [
        "pjongjang",
        "iran",
        "путин",
        "サ",
    ]


def test_threads_do_not_share_a_stemmer() -> None:
    found: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(terms("Häuser " * 3000 + "Katzen", "de")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({tuple(one) for one in found}) == 1


@given(st.text(), st.sampled_from(["de", "uk", "ko", "xx", "", "he"]))
def test_any_text_has_terms_in_order_of_its_words(text: str, language: str) -> None:
    found = list(stems(words(text), language))
    assert all(term and spelling in words(text) for term, spelling in found)
    for word in words(text):
        assert next(bare(fold(word), language)) == fold(word)
