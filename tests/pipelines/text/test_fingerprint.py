"""Copies, cut copies, stubs and texts that only look alike."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.fingerprint import (
    FEWEST_SHINGLES,
    KEEP_ALL_BELOW,
    SAMPLE,
    containment,
    fingerprint,
    text_key,
)

STORIES = yaml.safe_load((Path(__file__).parent / "stories.yml").read_text("utf-8"))
LANGUAGES = list(STORIES["tunnel"])
LONG = " ".join(f"word{n} other{n % 91} thing{n % 37}" for n in range(200))  # 600 words
NUMBERED = [f"term{n}" for n in range(1000)]


def text(event: str, language: str) -> str:
    found: str = STORIES[event][language]["text"]
    return found


def cut(whole: str, share: float) -> str:
    """The beginning of a text, at a word or a character."""
    parts = whole.split() if " " in whole and len(whole.split()) > 30 else list(whole)
    return (" " if len(whole.split()) > 30 else "").join(parts[: int(len(parts) * share)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_edited_copy_shares_most_and_another_text_nothing(language: str) -> None:
    original = fingerprint(text("tunnel", language), language)
    edited = fingerprint("Exklusiv. " + text("tunnel", language).replace("2027", "2028"), language)
    assert len(original) >= FEWEST_SHINGLES
    assert containment(original, edited) >= 0.8
    for event in ("volcano", "hard"):
        if language in STORIES[event]:
            assert containment(original, fingerprint(text(event, language), language)) < 0.05


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_cut_copy_is_seen(language: str) -> None:
    original = fingerprint(text("tunnel", language), language)
    assert containment(original, fingerprint(cut(text("tunnel", language), 0.6), language)) >= 0.8


def test_long_texts_are_sampled_and_their_cut_copies_seen() -> None:
    whole = fingerprint(" ".join(NUMBERED))
    assert all(value % SAMPLE == 0 for value in whole)
    assert len(whole) == pytest.approx(1000 / SAMPLE, rel=0.35)
    for share in (0.2, 0.35, 0.6):
        assert containment(whole, fingerprint(" ".join(NUMBERED[: int(1000 * share)]))) == 1.0


def test_sets_on_both_sides_of_the_sampling_limit_compare() -> None:
    below = fingerprint(" ".join(NUMBERED[: KEEP_ALL_BELOW + 2]))
    above = fingerprint(" ".join(NUMBERED[: KEEP_ALL_BELOW + 3]))
    assert len(below) == KEEP_ALL_BELOW - 1 > len(above)
    assert containment(below, above) == 1.0


@pytest.mark.parametrize("words", [30, 45, 60])
def test_a_stub_is_no_copy_of_the_article_it_begins(words: int) -> None:
    article, stub = " ".join(NUMBERED[:400]), " ".join(NUMBERED[:words])
    assert containment(fingerprint(article), fingerprint(stub)) < 0.5


def test_a_stub_is_a_copy_of_the_same_stub() -> None:
    stub = " ".join(NUMBERED[:45])
    assert containment(fingerprint(stub), fingerprint(stub + " Weiterlesen mit Abo")) >= 0.8


def test_stubs_that_share_their_boilerplate_are_no_copies() -> None:
    plea = "Subscribe now to read the whole article and support our newsroom"
    one, two = (fingerprint(" ".join(NUMBERED[at : at + 40]) + f". {plea}.") for at in (0, 100))
    assert containment(one, two) < 0.3


def test_a_very_short_text_has_no_fingerprint_but_a_key() -> None:
    notice = "Please enable JavaScript and cookies to continue reading this page"
    assert fingerprint(notice) == []
    assert containment(fingerprint(notice), fingerprint(notice)) == 0.0
    assert text_key(notice) == text_key(
        "PLEASE enable JavaScript, and cookies — to continue reading this page!"
    )


def test_case_punctuation_and_unicode_forms_do_not_matter() -> None:
    plain = text("tunnel", "fr")
    changed = plain.upper().replace("É", "E\u0301").replace(" ", "\u00a0 ").replace(",", " –")
    assert fingerprint(changed) == fingerprint(plain)
    assert text_key(changed) == text_key(plain)
    assert re.fullmatch("[0-9a-f]{64}", text_key(plain))


def test_text_without_words_has_no_key() -> None:
    assert text_key(" … — !") == ""


def test_a_wrong_language_does_not_part_two_copies() -> None:
    for language in LANGUAGES:
        assert fingerprint(text("tunnel", language), "en") == fingerprint(text("tunnel", language), language)


def test_vietnamese_shingles_are_longer_because_its_syllables_are_parted() -> None:
    assert set(fingerprint(" ".join(NUMBERED[:60]), "vi")).isdisjoint(fingerprint(" ".join(NUMBERED[:60])))
    assert len(fingerprint(" ".join(NUMBERED[:60]), "vi-VN")) == 60 - 6


@given(st.text(max_size=600), st.sampled_from(["", "de", "vi", "ja"]))
def test_any_text_gives_sorted_signed_numbers(anything: str, language: str) -> None:
    found = fingerprint(anything, language)
    assert found == sorted(set(found))
    assert all(-(2**63) <= value < 2**63 for value in found)
    assert text_key(anything) == text_key(f" {anything.strip()} ")


@given(st.lists(st.integers(0, 50)), st.lists(st.integers(0, 50)))
def test_containment_is_symmetric_and_between_nought_and_one(one: list[int], two: list[int]) -> None:
    one, two = sorted(set(one)), sorted(set(two))
    assert 0.0 <= containment(one, two) == containment(two, one) <= 1.0
    assert not one or containment(one, one) == 1.0


def test_no_fingerprint_depends_on_the_run() -> None:
    assert fingerprint(LONG)[:2] == fingerprint(LONG)[:2]
    assert fingerprint(" ".join(NUMBERED[:24]))[0] == -7294294375705246579
