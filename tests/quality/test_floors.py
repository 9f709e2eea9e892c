"""Extraction is nowhere worse than it was: floors.json, raised by `python -m tests.quality.floors`."""

import pytest

from tests.quality.floors import (
    SHARED,
    below,
    floors,
    in_sample,
    measure_own,
    measure_sample,
    measure_whole,
    raised,
    text_f1,
)

needs_pages = pytest.mark.skipif(not SHARED.is_dir(), reason="the development pages are not here")


def test_own_pages() -> None:
    assert below("own", measure_own()) == []


@needs_pages
def test_a_sample_of_the_development_pages() -> None:
    assert below("sample", measure_sample(SHARED)) == []


@needs_pages
@pytest.mark.long
def test_all_development_pages() -> None:
    assert below("whole", measure_whole(SHARED)) == []


def test_floors_are_kept_and_only_rise() -> None:
    assert floors("own")["fields"] > 0.8
    assert floors("own")["text"] > 0.9
    assert raised({"a": 0.5, "b": 0.5}, {"a": 0.6, "b": 0.4, "c": 0.12349}) == {
        "a": 0.6,
        "b": 0.5,
        "c": 0.1234,
    }


def test_a_figure_that_is_gone_is_below_its_floor() -> None:
    assert any("text" in line for line in below("own", {"fields": 1.0}))


def test_text_f1_counts_runs_of_words() -> None:
    assert text_f1("eins zwei drei vier fünf", "Eins, zwei, drei, vier, fünf!") == 1
    assert text_f1("eins zwei drei vier fünf", "") == 0
    assert 0 < text_f1("一二三四五六", "一二三四") < 1


def test_the_sample_is_a_small_part() -> None:
    assert 20 < sum(in_sample(f"aeb-{number}") for number in range(1000)) < 60
