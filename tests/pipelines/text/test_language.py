from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.text import language
from pipelines.text.language import (
    UNDETERMINED,
    detect,
    languages_in,
    normalize_language,
    primary,
    settled,
)

TEXTS = {
    "de": "Die Regierung hat am Dienstag neue Regeln für den Handel mit den Nachbarländern beschlossen.",
    "en": "The government agreed on new rules for trade with the neighbouring countries on Tuesday.",
    "fr": "Le gouvernement a adopté mardi de nouvelles règles pour le commerce avec les pays voisins.",
    "es": "El gobierno aprobó el martes nuevas normas para el comercio con los países vecinos.",
    "ru": "Правительство во вторник утвердило новые правила торговли с соседними странами.",
    "uk": "Уряд у вівторок затвердив нові правила торгівлі із сусідніми країнами.",
    "ko": "정부는 화요일 이웃 나라들과의 무역에 관한 새로운 규칙을 승인했다.",
    "ja": "政府は火曜日、近隣諸国との貿易に関する新しい規則を承認した。",
    "ar": "وافقت الحكومة يوم الثلاثاء على قواعد جديدة للتجارة مع الدول المجاورة.",
    "zh-Hans": "政府周二批准了与邻国贸易的新规定。",
    "zh-Hant": "政府週二批准了與鄰國貿易的新規定，這個決定對兩國關係來說很重要。",
    "sr-Cyrl": "Влада је у уторак усвојила нова правила за трговину са суседним земљама.",
    "nb": "Regjeringen vedtok tirsdag nye regler for handel med nabolandene, og de gjelder fra januar.",
}


@pytest.mark.parametrize("code", TEXTS)
def test_languages(code: str) -> None:
    found = detect(TEXTS[code])
    assert found.code == code
    assert found.confidence > 0.5


LONG = {
    "de": "Der Minister sagte, die Regeln gälten ab Januar; die Wirtschaft hat sie begrüßt.",
    "en": "The minister said that they would apply from January and that exporters welcomed them.",
    "uk": "Міністр сказав, що вони діятимуть із січня, а підприємці чекали на них багато років.",
    "zh-Hans": "部长说，这些规定将从一月起生效，出口商已经等了很多年。",
    "zh-Hant": "部長說，這些規定將從一月起生效，出口商已經等了很多年，這對兩國都有好處。",
    "sr-Cyrl": "Министар је рекао да ће важити од јануара и да су их извозници годинама чекали.",
    "nb": "Statsministeren sa at det var på tide, etter alle disse årene som næringslivet har ventet på dem.",
}


@pytest.mark.parametrize("code", LONG)
def test_a_long_text_is_told_without_the_model(code: str) -> None:
    language._load_model.cache_clear()
    assert detect(f"{TEXTS[code]} {LONG[code]}", code).code == code
    assert language._load_model.cache_info().currsize == 0


PIDGIN = (
    "Nigeria president tok say e go sign di new law wey go make pipol pay tax for everi business dem dey do "
    "for di kontri, as e wan make moni come enta govment pocket sharp sharp."
)
SCRAMBLED = (
    "Bjagybpvymp Tfcfh dr Hqsemx, ahp Oogu iah fudvs Kvd gof Jdwzbtpqlk Xmnvrtz gbh Wplkj qzxcv Dfghjk lmnbv "
    "Crtyui Plokmj nhbgvf Cdxsza Qwerz uiopl Kjhgf dsayx Cvbnm."
)
FILIPINO = (
    "Sinabi ng pangulo noong Martes na ang bagong batas ay magbibigay ng tulong sa mga magsasaka na nawalan "
    "ng ani dahil sa bagyo noong nakaraang buwan."
)


@pytest.mark.parametrize(
    ("code", "declared", "text"),
    [
        ("pcm", "pcm", PIDGIN), ("und", "de", SCRAMBLED), ("fil", "", FILIPINO), ("fil", "", FILIPINO[:75]),
        ("de", "", TEXTS["de"] + "\x93" + LONG["de"] + "\x94"),
    ],
)  # fmt: skip
def test_what_is_doubtful_is_left_to_the_model(code: str, declared: str, text: str) -> None:
    assert detect(text, declared).code == code


def test_the_declared_language_is_compared_not_believed() -> None:
    assert detect(TEXTS["de"], "de_AT").declared_agrees is True
    assert detect(TEXTS["de"], "en-US").declared_agrees is False
    assert detect(TEXTS["de"], "en-US").code == "de"
    assert detect(TEXTS["de"]).declared_agrees is None
    assert detect(TEXTS["de"], "nonsense").declared_agrees is None


@pytest.mark.parametrize(
    "text", ["", "Hallo", "12345 !!! 67890 " * 20, "https://example.org/a-long-address-of-a-page", "東"]
)
def test_too_little_text_is_undetermined(text: str) -> None:
    assert detect(text).code == UNDETERMINED
    assert detect(text).confidence == 0.0


def test_threads_share_one_model() -> None:
    with ThreadPoolExecutor(8) as threads:
        assert {found.code for found in threads.map(detect, [TEXTS["fr"]] * 40)} == {"fr"}


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("de_DE", "de-DE"), ("DE", "de"), ("english", "en"), ("Deutsch", "de"), ("zh-Hans", "zh-Hans"),
        ("zh_cn", "zh-CN"), ("eng", "en"), ("ger", "de"), ("iw", "he"), ("pt-br", "pt-BR"), (" fr ", "fr"),
        ("en_US.UTF-8", "en-US"), ("de, en", "de"), ("sr-latn", "sr-Latn"), ("en-", "en"),
        ("", ""), ("-", ""), ("garbage", ""), ("x-default", ""), ("jp", ""), ("mul", ""), ("und", ""),
    ],
)  # fmt: skip
def test_normalize_language(tag: str, expected: str) -> None:
    assert normalize_language(tag) == expected


def test_dates_are_read_by_the_region_only_of_the_language_that_is_there() -> None:
    assert settled("en", "en-GB") == "en-GB"
    assert settled("de", "en-US") == "de"
    assert settled("und", "fr-CA") == "fr-CA"
    assert settled("ru", "") == "ru"


def test_primary() -> None:
    assert primary("zh_Hant_TW") == "zh"
    assert primary("garbage") == ""


@given(st.text())
def test_any_tag_normalises_once_and_for_all(tag: str) -> None:
    once = normalize_language(tag)
    assert normalize_language(once) == once


@given(st.text(max_size=300))
def test_any_text_has_a_code_and_a_confidence(text: str) -> None:
    found = detect(text)
    assert found.code
    assert 0.0 <= found.confidence <= 1.0


def test_languages_that_are_alike_are_told_by_the_declared_one() -> None:
    text = "Vlada je u utorak usvojila nova pravila za trgovinu sa susednim zemljama, rekao je ministar."
    assert detect(text, "sr").code == "sr-Latn"
    assert detect(text, "hr-HR").code == "hr"
    assert detect(TEXTS["nb"], "no").code == "no"
    assert detect(TEXTS["de"], "sr").code == "de"
    assert settled("nb", "no-NO") == "no-NO"


def test_the_languages_of_a_text_s_paragraphs() -> None:
    german = (
        "Nach sieben Monaten haben zwei Häfen am Schwarzen Meer den Betrieb wieder aufgenommen, sagte die "
        * 2
    )
    english = (
        "After seven months two ports on the Black Sea have opened again, the harbour master told reporters "
        * 2
    )
    found = languages_in(f"{german}\n\n{english}\n\n{german}\n\nOui.")
    assert list(found) == ["de", "en"]
    assert 0.3 < found["en"] < 0.36
    assert languages_in("Oui.\n\nNon.") == {}
