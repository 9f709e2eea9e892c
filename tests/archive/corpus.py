"""A corpus for comparing archives: oddities, the sample web's articles, and made-up ones in many languages.

The made-up articles are the same in every run. Their words are the languages' own, as frequent as there,
and each has a topic whose words come back, so that some articles are alike.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate, count, islice
from random import Random
from typing import Any

from wordfreq import get_frequency_dict

from archive.article import Article, CopyOf, Image
from archive.url import article_id
from pipelines.text.fingerprint import fingerprint
from scripts.sample_outlets import load

START = datetime(2021, 1, 1, tzinfo=UTC)

_CODES = """
de en fr es it pt nl sv da nb fi hu ro ru uk pl cs tr el ar he fa hi ja ko zh th bg ca id vi ta lt
"""
LANGUAGES = tuple(_CODES.split())
UNSPACED = ("ja", "zh", "th")
"""Those of them that write no blanks."""

VOCABULARY = 4000
TOPICS = 60
TOPIC_WORDS = 12
TOPIC_SHARE = 0.12
"""Share of an article's words that are its topic's."""

COPY_EVERY = 40
"""Of this many made-up articles one repeats another."""

_THAI = """
ที่ การ เป็น ของ และ ใน มี ได้ ว่า ไม่ ให้ จะ คน กับ ไป มา ความ วัน เกาหลี เหนือ รัสเซีย ทหาร รัฐบาล ประเทศ ข่าว
ขีปนาวุธ ผู้นำ จดหมาย ประชุม เศรษฐกิจ การเมือง ทะเล ญี่ปุ่น จีน เมือง น้ำ ไฟ ตลาด โรงเรียน แพทย์ ฝน รถไฟ ดนตรี กีฬา
"""
"""Thai words, frequent ones first; wordfreq has no list."""


def corpus(size: int) -> list[Article]:
    """So many articles, all with dates of their own."""
    return list(islice(_all(), size))


def made_up(number: int) -> Article:
    """The made-up article of this number; the languages take turns."""
    language = LANGUAGES[number % len(LANGUAGES)]
    rng = Random(f"article {number}")
    topic = rng.randrange(TOPICS)
    is_copy = number % COPY_EVERY == 0 and number >= len(LANGUAGES)
    body = _text(rng, language, topic, rng.randrange(100, 300))
    if is_copy:
        body = made_up(number - len(LANGUAGES)).article_body + "\n\n" + _text(rng, language, topic, 20)
    return _article(
        f"{language}/{number}",
        1000 + number,
        site=f"{'news.' if number % 3 else ''}paper{number % 17}.example",
        headline=_sentence(rng, language, topic, rng.randrange(4, 12)).rstrip(".。"),
        description=_text(rng, language, topic, rng.randrange(12, 30)) if number % 4 else "",
        article_body=body,
        in_language="en-GB" if language == "en" and number % 2 else language,
        article_section=rng.choice(["World", "Politics", "Sport", "Kultur", ""]),
        authors=[rng.choice(["Mara Feldkamp", "Jan Kühn", "Øyvind Ås", "Anna O'Neil"])],
        keywords=[rng.choice(["North Korea", "Ukraine", "Météo", "選挙"])],
        access="paywall" if number % 10 == 0 else "full",
        copy_of=CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9) if is_copy else None,
    )


@cache
def vocabulary(language: str) -> tuple[list[str], list[float]]:
    """A language's words, most frequent first, and their frequencies added up."""
    if language == "th":
        words = _THAI.split()
        return words, list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    frequencies = dict(islice(get_frequency_dict(language, wordlist="small").items(), VOCABULARY))
    return list(frequencies), list(accumulate(frequencies.values()))


@cache
def topic_words(language: str, topic: int) -> list[str]:
    """The words that come back in articles of a topic."""
    words, _ = vocabulary(language)
    return Random(f"{language} {topic}").sample(words[len(words) // 10 :], TOPIC_WORDS)


def _all() -> Iterator[Article]:
    yield from _oddities()
    yield from _sample_web()
    yield from map(made_up, count())


def _article(slug: str, number: int, **values: Any) -> Article:
    site = values.pop("site", "odd.example")
    url = f"https://{site}/{slug}"
    filled = {
        "headline": f"About {slug}",
        "site": site,
        "in_language": "en",
        "publisher": site.partition(".")[0].title(),
        "date_published": START + timedelta(minutes=30 * number),
        "date_fetched": START,
    }
    article = Article(id=article_id(url), url=url, **(filled | values))
    article.fingerprint = fingerprint(article.article_body, article.in_language)
    return article


def _sentence(rng: Random, language: str, topic: int, length: int) -> str:
    words, weights = vocabulary(language)
    special = topic_words(language, topic)
    common = rng.choices(words, cum_weights=weights, k=length)
    chosen = [rng.choice(special) if rng.random() < TOPIC_SHARE else word for word in common]
    if language in UNSPACED:
        return "".join(chosen) + "。"
    text = " ".join(chosen)
    return text[:1].upper() + text[1:] + "."


def _text(rng: Random, language: str, topic: int, length: int) -> str:
    sentences = []
    longest = 12 if language in UNSPACED else 20  # a run of more than WORD_MAX characters is cut
    while length > 0:
        words = min(length, rng.randrange(6, longest))
        sentences.append(_sentence(rng, language, topic, words))
        length -= words
    blank = "" if language in UNSPACED else " "
    return "\n\n".join(blank.join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))


def _sample_web() -> Iterator[Article]:
    posts = [(outlet, post) for outlet in load() for post in outlet.posts]
    for number, (outlet, post) in enumerate(posts):
        yield _article(
            f"{outlet.language}/{post.slug}",
            100 + number,
            site=outlet.host,
            publisher=outlet.name,
            in_language=outlet.language,
            headline=post.headline,
            description=post.description,
            article_body="\n\n".join(post.paragraphs),
            authors=post.authors,
            article_section=post.section,
            keywords=post.keywords,
            images=[Image(caption=post.caption, credit=post.credit)],
            access="paywall" if post.kind == "paywall" else "full",
        )


def _oddities() -> Iterator[Article]:
    sentences = [f"Sentence {number} speaks of nothing much at all." for number in range(46_000)]
    paragraphs = [" ".join(sentences[at : at + 50]) for at in range(0, len(sentences), 50)]
    paragraphs += [made_up(1).article_body, "At the very end stands a needle."]
    yield _article("long", 0, article_body="\n\n".join(paragraphs))
    yield _article("undated", 1, article_body="A needle without a date.", date_published=None)
    yield _article("headline", 2, headline="Only a headline about Putin and Kim", article_body="")
    for number, (language, text) in enumerate(_ODD_TEXTS, start=3):
        yield _article(f"odd-{number}", number, in_language=language, article_body=text)


_ODD_TEXTS = [
    ("en", "To the moon 🚀🚀 with 🇰🇵! Thumbs up 👍🏽, a family 👨‍👩‍👧 and a heart ❤️."),
    ("de", "Die Fahnen 🇩🇪🇫🇷 und 🇰🇵 wehen, sagt #Söul über @präsident."),
    ("he", "שָׁלוֹם עולם, אמר צה״ל. The IDF said: שלום."),
    ("ar", "قال الرئيس: Putin وKim التقيا في موسكو. اَلْعَرَبِيَّةُ لغة."),
    ("ja", "新しいiPhoneが2022年に発売。ﾐｻｲﾙとミサイル、АБВとＡＢＣ。"),
    ("de", "Rake\u00adten auf ＮＯＲＤ, Straße und STRASSE in Pjöngjang."),
    ("es", "Cafe\u0301 in Bogota\u0301, niño y nin\u0303o."),
    ("pl", "W mieście Łódź, łódzkie łodzie."),
    ("fr", "Une réunion à l’Élysée; aujourd'hui l'été."),
    ("tr", "İstanbul'da ışık, ISPARTA'nın ılık havası."),
    ("und", "Lorem ipsum dolor, Putin sit amet Pyongyang."),
    ("", "Putin und Kim, without a language. Straße."),
    ("zh-Hant", "北韓領導人金正恩致函普京。Kim Jong Un在平壤。"),
    ("ur", "شمالی کوریا کے رہنما نے روس کے صدر کو خط لکھا۔"),
    ("km", "កូរ៉េខាងជើងបានបាញ់មីស៊ីល។"),
]
