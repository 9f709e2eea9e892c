"""Queries for comparing archives, made of the words of corpus.py's articles and some by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unicodedata import category

from archive.query import Query, parse_query
from tests.archive.corpus import LANGUAGES, UNSPACED, made_up, topic_words, vocabulary


@dataclass(frozen=True)
class Asked:
    """One query."""

    kind: str
    text: str
    filters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def query(self) -> Query:
        return parse_query(self.text, **self.filters)


def queries() -> list[Asked]:
    """Some 800 queries of 20 kinds."""
    by_language = [one for number in range(len(LANGUAGES)) for one in _of_language(number)]
    return [*by_language, *_by_hand()]


def _of_language(number: int) -> Iterator[Asked]:
    """Queries in the language of this number."""
    language = LANGUAGES[number]
    rng = Random(f"queries {language}")
    words = [word for word in vocabulary(language)[0] if _is_plain(word, language)]
    topical = [word for word in topic_words(language, number) if _is_plain(word, language)]
    one, two, *_ = [*topical, *words[50:60]]
    frequent = words[:40]
    yield Asked("frequent word", rng.choice(frequent))
    yield Asked("usual word", rng.choice(words[len(words) // 8 : len(words) // 4]))
    yield Asked("rare word", rng.choice(words[len(words) // 2 :]))
    yield Asked("two words", f"{one} {two}")
    yield Asked("three words", f"{frequent[0]} {rng.choice(frequent)} {one}")
    yield Asked("OR", f"{one} OR {two} OR {rng.choice(words)}")
    yield Asked("NOT", f"{one} NOT {frequent[2]}")
    yield Asked("field", f"headline:{rng.choice(frequent)}")
    yield Asked("field", f"description:{rng.choice(frequent)}")
    yield Asked("filter", one, {"languages": [language]})
    yield Asked("filter", f"lang:{language} AND {two}", {"date_to": "2021-02-20"})
    text = made_up(number + len(LANGUAGES) * 3).article_body
    if (
        language == "th"
    ):  # Elasticsearch searches single Thai characters, and finds a phrase across a full stop
        yield from (Asked("characters", word) for word in rng.sample(words, 5))
    elif language in UNSPACED:
        yield from _of_characters(text)
    else:
        yield from _of_words(text, frequent, words)


def _of_words(text: str, frequent: Sequence[str], words: Sequence[str]) -> Iterator[Asked]:
    first, second, third, fourth, *_ = text.partition(".")[0].split()
    yield Asked("phrase", f'"{second} {third}"')
    yield Asked("phrase", f'"{second} {third} {fourth}"')
    yield Asked("slop", f'"{first} {third}"~2')
    yield Asked("slop", f'"{frequent[1]} {frequent[2]}"~5')
    yield Asked("slop", f'"{fourth} {first}"~4')
    yield Asked("prefix", f"{words[200][:3]}*")
    yield Asked("prefix", f"{frequent[0]} {words[400][:4]}*")


def _of_characters(text: str) -> Iterator[Asked]:
    sentence = max(text.replace("\n", "").split("。"), key=len)
    yield Asked("characters", sentence[1:3])
    yield Asked("characters", sentence[5:8])
    yield Asked("characters", f"{sentence[2:4]} {sentence[10:12]}")
    yield Asked("characters", f'"{sentence[6:12]}"')
    yield Asked("characters", f"{sentence[9:11]}*")
    yield Asked("character", sentence[7])


def _is_plain(word: str, language: str) -> bool:
    """Whether it can stand in a query as it is."""
    shortest = 1 if language in UNSPACED else 3
    return len(word) >= shortest and all(category(character)[0] in "LM" for character in word)


def _by_hand() -> Iterator[Asked]:
    for kind, lines in _BY_HAND.items():
        yield from (Asked(kind, text.strip()) for text in lines.strip().split("\n"))
    yield Asked("filter", "de", {"languages": ["es", "fr"]})
    yield Asked("filter", "*", {"languages": ["en-GB"]})
    yield Asked("filter", "the", {"sites": ["paper2.example"]})
    yield Asked("filter", "и", {"sites": ["news.paper1.example", "paper2.example"], "date_from": "2021-02"})
    yield Asked("filter", "*", {"date_from": "2021-01-30", "date_to": "2021-02-02"})
    yield Asked("filter", "die", {"languages": ["de"], "date_to": "2021-02-10", "sites": ["paper5.example"]})


_BY_HAND = {
    "inflected": """
Rakete
Raketen
Präsidenten
missile
leaders
letters
missiles
dirigeants
misiles
presidentes
missili
presidenti
mísseis
raketten
raketer
raketerna
raketter
missilene
ohjukset
ohjusta
rakétát
rachete
rachetele
ракеты
ракетами
ракету
rakiety
rakietę
rakety
füzeleri
πυραύλους
الصواريخ
صواريخ
טילים
הטילים
موشک‌ها
मिसाइलें
ракетите
míssils
rudal
raketas
""",
    "names": """
author:kühn
author:"Anna O'Neil"
author:oneil
author:as
publisher:paper3
section:world
keyword:korea
keyword:選挙
keywords:meteo
section:kultur AND author:feld*
authors:"mara feldkamp" ukraine
""",
    "odd": """
🚀
🇰🇵
"moon 🚀"
👍🏽
שלום
צה״ל
"שלום עולם"
العربية
اَلْعَرَبِيَّةُ
iphone
iPhone 2022年
"新しい iPhone"
ミサイル
ﾐｻｲﾙ
АБВ ABC
raketen nord
STRASSE
straße
café
cafe bogota
niño
Łódź
lodz
élysée
aujourd'hui
été
istanbul
İstanbul
ışık
ISPARTA
#Söul
@präsident
کوریا
មីស៊ីល
2022
1,000
U.S.
f-16
covid-19
needle
""",
    "story": """
Putin
putin kim
Kim Jong Un
"kim jong un"
"kim jong un" putin
pjongjang
Pjöngjang
Pyongyang
金正恩
平壤
致函普京
北朝鮮
"北朝鮮 ミサイル"
북한
미사일
러시아
nordkorea
nordkorea russland
Raketen Sanktionen
"artillery shells" Pyongyang
Putin AND (Kim OR 김정은)
North Korea Russia letter
lettre OR brief OR carta
Corea del Norte
Північна Корея
Северная Корея
كوريا الشمالية
Coreia do Norte
""",
    "exact": """
*
access:paywall
copy_of:yes
copy_of:*
site:paper3.example
site:news.paper4.example
lang:en
lang:zh
lang:zh-hant
lang:und
seed:*
author:*
description:*
-description:*
NOT lang:en
""",
    "date": """
date:*
-date:*
date:2021
date:2021-01-20
date:2021-02
date:[2021-01-10 TO 2021-01-20]
date:>=2021-02-15
date:<2021-01-25
date:[2021-01-25T10:00:00Z TO 2021-01-25T12:00:00Z]
putin date:2021-01
the date:[2021-02-01 TO *]
""",
}
