"""Names meet across languages and scripts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text.names import Name, consonants, has_capitals, has_vowels, names, sounds
from pipelines.text.terms import normalised, word_spans


def found(text: str, language: str, *leave_out: str) -> list[Name]:
    text = normalised(text)
    return list(names(text, word_spans(text), language, leave_out))


def sure(text: str, language: str) -> set[str]:
    return {name.spelling for name in found(text, language) if name.sure}


@pytest.mark.parametrize(
    "spellings",
    [
        ("Wladimir", "Vladimir", "Владимира", "Wladimirs"),
        ("Putin", "Putins", "Poutine", "Путина", "Путиным", "푸틴", "プーチン", "Πούτιν"),
        ("Selenskyj", "Zelensky", "Зеленский", "Зеленського"),
        ("Lukaschenko", "Lukashenko", "Лукашенко", "Loukachenko"),
        ("Aleksandr", "Alexander", "Александра"),
    ],
)
def test_one_name_sounds_the_same(spellings: tuple[str, ...]) -> None:
    assert len({sounds(spelling) for spelling in spellings} - {""}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        ("Putin", "بوتين", "פוטין", "푸틴", "プーチン"),
        ("KimJongUn", "КимЧенЫн", "김정은", "كيمجونغأون", "キムジョンウン"),
        ("Luhansk", "루한스크", "ルハンスク"),
        ("Zelensky", "زيلينسكي", "젤렌스키", "ゼレンスキー"),
    ],
)
def test_one_name_has_the_same_consonants(spellings: tuple[str, ...]) -> None:
    assert len({consonants(spelling) for spelling in spellings}) == 1


def test_different_names_differ() -> None:
    different = ("Putin", "Biden", "Macron", "Scholz", "Erdoğan", "Meloni", "Tusk", "Modi")
    assert len({sounds(name) for name in different}) == len(different)


def test_capitals_in_a_row_are_one_name_and_meet_as_one_word() -> None:
    english = found("On Tuesday the leader Kim Jong Un wrote to Moscow.", "en")
    assert Name("Kim", "Kim Jong Un", sure=True) in english
    assert Name("KimJongUn", "Kim Jong Un", sure=True, joined=True) in english


def test_a_small_word_may_end_a_name() -> None:
    assert "Kim Jong Un" in sure("Dans un discours, le dirigeant Kim Jong Un a parlé.", "fr")


def test_the_first_word_of_a_sentence_is_a_name_only_if_it_is_rare_or_goes_on() -> None:
    assert sure("Yesterday it rained. Nobody came.", "en") == set()
    assert "Koskela" in sure("The minister, Koskela, spoke.", "en")
    assert "Aino Koskela" in sure("Aino Koskela spoke.", "en")
    assert "Aino Koskela" in sure("Today Aino Koskela spoke.", "en")


def test_german_nouns_are_no_names() -> None:
    text = "Gestern hat Präsident Wladimir Putin die Lieferung von Raketen und Artilleriegeschossen befohlen."
    assert sure(text, "de") == {"Putin"}


def test_words_to_leave_out_end_a_name() -> None:
    spellings = {
        name.spelling for name in found("Gestern kam aus Finnland Aino Koskela an.", "de", "Finnland")
    }
    assert spellings == {"Gestern", "Aino Koskela"}


def test_words_without_capitals_may_be_names() -> None:
    korean = found("푸틴은 김정은에게 편지를 보냈다. 푸틴은 웃었다.", "ko")
    assert Name("푸틴", "푸틴", sure=False, times=2) in korean
    assert "김정은" in {name.word for name in korean}
    japanese = {name.word for name in found("ウラジーミル・プーチン大統領は北京を訪れた", "ja")}
    assert japanese == {"ウラジーミル", "プーチン", "ウラジーミルプーチン"}


def test_scripts() -> None:
    assert [has_capitals(word) for word in ("Haus", "ДОМ", "σπίτι", "بيت", "家", "집", "7")] == [True] * 3 + [
        False
    ] * 4
    assert [has_vowels(word) for word in ("Haus", "بيت", "בית", "집")] == [True, False, False, True]


@given(st.text(max_size=200), st.sampled_from(["de", "en", "ko", "ja", "ar", "he", "", "xx"]))
def test_any_text_has_names(text: str, language: str) -> None:
    for name in found(text, language):
        assert name.word
        assert name.times >= 1
        assert sounds(name.word).isascii()
        assert len(consonants(name.word)) != 1
