import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.analysis import (
    FIRST5,
    FOLDED,
    LANGUAGES,
    PERSIAN,
    PLAIN,
    SILENT,
    SNOWBALL_RULES,
    WORD_MAX,
    Token,
    has_words,
    index_term,
    index_texts,
    iter_tokens,
    query_terms,
    rule_of,
)

RULES = ["german", "english", "french", "turkish", "arabic", "hindi", FIRST5, PERSIAN, PLAIN, FOLDED]


def tokens_of(text: str, language: str) -> list[Token]:
    return list(iter_tokens(text, rule_of(language)))


def terms(text: str, language: str = "") -> list[str]:
    return [token.term for token in tokens_of(text, language)]


def folded(text: str) -> list[str]:
    return [token.term for token in iter_tokens(text, FOLDED)]


@pytest.mark.parametrize(
    ("language", "rule"),
    [
        ("de", "german"),
        ("de-AT", "german"),
        ("DE", "german"),
        ("nb", "norwegian"),
        ("nn", "norwegian"),
        ("no", "norwegian"),
        ("hr", "serbian"),
        ("nl", "dutch_porter"),
        ("uk", FIRST5),
        ("cs", FIRST5),
        ("pl", FIRST5),
        ("eo", FIRST5),
        ("fa", PERSIAN),
        ("st", PLAIN),
        ("ja", PLAIN),
        ("zh-Hant", PLAIN),
        ("und", PLAIN),
        ("", PLAIN),
        ("xx", PLAIN),
    ],
)
def test_rule_of(language: str, rule: str) -> None:
    assert rule_of(language) == rule


def test_every_language_has_a_rule_that_works() -> None:
    assert set(LANGUAGES.values()) == {*SNOWBALL_RULES, FIRST5, PERSIAN}
    assert all(terms("a", language) == ["a"] for language in LANGUAGES)


def test_offsets_point_into_the_text() -> None:
    text = "Vor  der „Straße“ l'État ﾐｻｲﾙ x."
    french, in_folded_form = tokens_of(text, "fr"), list(iter_tokens(text, FOLDED))
    for token in (*french, *in_folded_form):
        assert text[token.start : token.end].strip() != ""
    assert [text[start:end] for _, start, end in french][:4] == ["Vor", "der", "Straße", "État"]
    assert [text[start:end] for _, start, end in in_folded_form][:5] == ["Vor", "der", "Straße", "l", "État"]


def test_no_stop_words() -> None:
    assert terms("to be or not to be", "en") == ["to", "be", "or", "not", "to", "be"]


def test_apostrophes() -> None:
    assert terms("Putin's Putin’s Putin", "en") == ["putin"] * 3
    assert terms("l'homme qu’elle aujourd'hui", "fr") == ["homm", "elle", "aujourdhui"]
    assert terms("dell'Unione", "it") == terms("unione", "it")
    assert terms("Türkiye'de Türkiye’nin", "tr") == terms("Türkiye Türkiye", "tr")
    assert terms("п'ять п’ять", "uk") == ["пять", "пять"]
    assert folded("O'Brien l’Élysée") == ["o", "brien", "l", "elysee"]


def test_apostrophes_join_letters_with_letters_and_digits_with_digits() -> None:
    assert terms("5'10 l'11 d'1 1990's F16'ya", "fr") == [
        "510",
        "l",
        "11",
        "d",
        "1",
        "1990",
        "s",
        "f16",
        "ya",
    ]
    assert terms("2022'de", "tr") == ["2022", "de"]
    assert terms("'so' it's dogs' _'a", "en") == ["so", "it", "dog", "a"]
    assert folded("rock'n'roll") == ["rock", "n", "roll"]
    assert terms("rock'n'roll") == terms("ROCK’N’ROLL") == ["rocknroll"]


def test_what_cuts_and_what_joins() -> None:
    assert terms("U.S. 3.14 1,000.5 12:30 a;b l·l S:t") == [
        *("u", "s", "3", "14", "1", "000", "5", "12", "30", "a", "b", "l", "l", "s", "t")
    ]
    assert terms('צה"ל צה״ל', "he") == ["צה", "ל"] * 2
    assert terms("user_name _x_ ___ __é__") == ["user_name", "x", "é"]
    assert terms("m² CO₂ H₂O ½ №5 5€") == ["m2", "co2", "h2o", "5", "5"]


def test_silent_characters_are_dropped_and_cut_nothing() -> None:
    for character in SILENT:
        assert terms(f"Ra{character}ke{character}te{character} n{character * 2}o") == ["rakete", "no"], (
            character
        )
        assert terms(f"미{character}사일", "ko") == ["미사", "사일", "일"], character
        assert terms(f"{character} a{character}'{character}b") == ["a", "b"]
    assert terms("Nach\u00adrich\u00adten\u00adagen\u00adtu\u00adren") == ["nachrichtenagenturen"]
    assert terms("a\u200bb") == ["a", "b"]


def test_dutch() -> None:
    assert terms("raketten lanceringen", "nl") == terms("raket lancering", "nl")


def test_persian_plurals_and_arabic_letters() -> None:
    missile = ["موشک"]
    for word in ("موشک\u200cها", "موشک\u200cهای", "موشک\u200cهایی", "موشکها", "موشكهاي", "موشكهايي", "ﻣﻮﺷﻚ"):
        assert terms(word, "fa") == missile, word
    assert terms("ها بها سگ\u200cها بهاره", "fa") == ["ها", "بها", "سگ", "بهاره"]


def test_first_five_folded_letters() -> None:
    assert terms("ракетами Їхній 1000000 F16", "uk") == ["ракет", "іхніи", "1000000", "f16"]
    assert terms("rakiety rakietą Łódź", "pl") == ["rakie", "rakie", "lodz"]


def test_unspaced_scripts_are_cut_into_pairs_in_every_language() -> None:
    for language in ("ja", "de", ""):
        assert terms("核実験", language) == ["核実", "実験", "験"]
    assert terms("核", "ja") == ["核"]
    assert terms("신형 iPhone을", "ko") == ["신형", "형", "iphone", "을"]
    assert folded("ガラス") == ["ガラ", "ラス", "ス"]


def test_marks_stay_with_their_characters() -> None:
    assert terms("ขีปนาวุธ", "th") == ["ขีป", "ปน", "นา", "าวุ", "วุธ", "ธ"]
    assert terms("हिन्दी", "hi") == terms("हिन्दी", "hi-IN")
    assert terms("ﾐｻｲﾙ ﾄﾞﾙ") == terms("ミサイル ドル")


def test_folding() -> None:
    assert folded("Pjöngjang STRASSE Straße Łódź Ørsted Æther İstanbul ısı") == [
        "pjongjang",
        "strasse",
        "strasse",
        "lodz",
        "orsted",
        "aether",
        "istanbul",
        "isi",
    ]
    assert folded("ёлка йод їжак") == ["елка", "иод", "іжак"]
    assert folded("שָׁלוֹם مُحَمَّد") == ["שלום", "محمد"]
    assert folded("हिन्दी") == ["हिन्दी"]


def test_emoji_are_words() -> None:
    assert terms("go 🚀🚀 🇰🇵 👍🏽 ❤") == ["go", "🚀", "🚀", "🇰🇵", "👍🏽"]


def test_long_runs_are_cut() -> None:
    assert all(len(term) <= WORD_MAX for term in terms("x" * 1000, "en"))


def test_query_terms() -> None:
    assert (
        query_terms("Raketen", "german") == [(0, "rak", False)] or query_terms("Raketen", "german")[0][0] == 0
    )
    assert query_terms("核実験", PLAIN) == [(0, "核実", False), (1, "実験", False)]
    assert query_terms("核", PLAIN) == [(0, "核", True)]
    assert query_terms("核実験 の x", PLAIN) == [
        (0, "核実", False),
        (1, "実験", False),
        (3, "の", True),
        (4, "x", False),
    ]
    assert query_terms("F-1", FOLDED, prefix=True) == [(0, "f", False), (1, "1", True)]
    assert query_terms("핵실", FOLDED, prefix=True) == [(0, "핵실", False)]
    assert query_terms("!?", FOLDED, prefix=True) == []


def test_has_words() -> None:
    assert has_words("a") and has_words("核") and has_words("🚀")  # noqa: PT018
    assert not has_words("... ___ --- ©")


@given(st.text(max_size=200), st.sampled_from(RULES))
def test_index_and_tokens_agree(text: str, rule: str) -> None:
    tokens = list(iter_tokens(text, rule))
    (indexed,) = index_texts(text, rule)
    assert indexed.split() == [index_term(token.term, rule) for token in tokens]
    assert all(token.term and not any(map(str.isspace, token.term)) for token in tokens)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    assert [token.start for token in tokens] == sorted(token.start for token in tokens)


@given(st.text(max_size=60), st.sampled_from(RULES))
def test_a_text_is_found_by_itself(text: str, rule: str) -> None:
    tokens = [token.term for token in iter_tokens(text, rule)]
    for place, term, prefix in query_terms(text, rule):
        assert tokens[place].startswith(term) if prefix else tokens[place] == term


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = folded(text)
    assert folded(" ".join(once)) == [part for term in once for part in folded(term)]


def test_threads_do_not_share_a_stemmer() -> None:
    words = [f"Raketen{n % 7}ungen" for n in range(300)]
    wanted = [terms(word, "de") for word in words]
    got: dict[int, list[list[str]]] = {}
    threads = [
        threading.Thread(target=lambda n=n: got.__setitem__(n, [terms(word, "de") for word in words]))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(got.values()) == [wanted] * 4
