"""What kind of page it is: an article (and how much of it), or something else that answers at an article's
address.

The rules lean towards "article": a page with a publication date in its markup and some text is one. Words
of twelve and more languages (words.yml) only count in titles and headings, or in a text that is short.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from archive.article import Access, Article
from crawler.extractors import structured
from crawler.extractors.document import Document
from crawler.extractors.errors import Reason
from crawler.extractors.folding import fold
from crawler.extractors.jsonld import types
from crawler.extractors.words import containing

TINY = 8
"""Words: a text below this is none."""

SHORT = 150
"""Words: below this a page without a date may be a wall, whatever it says in its title."""

FULL_PREVIEW = 250
"""Words: a paid article's page with more is taken to hold all of it when its markup says nothing else; so
did all 17 such pages of the development sets."""

TITLE_SHARE = 0.4
"""Share of a title that words such as "not found" must be, unless the page has next to no text: a headline
may hold them ("Court's age of consent ruling")."""

STUB = 40
"""Words in sentences: a page without a date or an article's address needs more, else it is a notice."""

TEASERS = 12
"""Links of four words or more that make a page without paragraphs an index."""

PARAGRAPH, PARAGRAPH_SHARE, PARAGRAPHS = 25, 0.3, 4
"""Words of a paragraph; the share of a text's words that must stand in paragraphs, or the number of these,
if it is no list."""

_bot = re.compile(
    r"captcha-delivery\.com|_incapsula_resource|px-captcha|cf-chl|challenge-platform|awswafintegration|ddos-guard"
    r"|g-recaptcha|h-captcha|hcaptcha\.com|/_sec/cp_challenge",
    re.IGNORECASE,
)
_bot_title = re.compile(
    r"^(?:just a moment|attention required|access denied|access to this page has been denied"
    r"|are you a (?:robot|human)|robot or human|pardon our interruption|please wait|checking your browser"
    r"|ddos-guard|security check|blocked|request unsuccessful|403 forbidden|one more step"
    r"|verify you are human|human verification|un momento|un instant|einen moment|nur einen moment"
    r"|проверка браузера|один момент|잠시만|お待ちください|请稍候)",
    re.IGNORECASE,
)
_consent_address = re.compile(
    r"//(?:consent|cmp|privacy|myprivacy)\.|/(?:consent|cookie-?wall|privacy-?(?:gate|wall))\b"
)
_login_address = re.compile(
    r"/(?:login|log-in|signin|sign-in|sso|auth|anmelden|connexion|account/login)(?:[/.?]|$)"
)
_article_address = re.compile(r"/(?:19|20)\d\d/[01]?\d\b|/[^/]*\d{5,}[^/]*/?$|/(?:[^/-]+-){3,}[^/]*/?$")
"""Paths of articles: a date, a number of five digits, a headline of four words."""

_cut = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\W*$")
_list_types = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})


def refusal(document: Document, article: Article) -> Reason | None:
    """Why the page is no article; None where it is one."""
    if document.page.status in (404, 410):
        return "soft_404"
    words = count_words(article.article_body)
    dated = article.date_published_source in ("json-ld", "meta") and bool(article.headline)
    if is_consent_text(article.article_body, words):
        return "consent_wall"
    if not (dated and words >= TINY) and words < SHORT:
        wall = _wall(document, words)
        if wall:
            return wall
    if not dated and not _claims_to_be_article(document):
        if _is_index(document, article.article_body, words):
            return "index_page"
        if _words_in_sentences(article.article_body) < STUB:
            return "no_text"
    return "no_text" if words < TINY and not _has_summary(article) else None


def _wall(document: Document, words: int) -> Reason | None:
    """What stands in an article's place on a page with little text and no date."""
    page, titles = document.page, [document.title, *document.headings[:3]]
    if titles[1:] and fold(titles[1]) in fold(titles[0]):  # the others are not about the page
        titles = titles[:2]
    if any(_bot_title.match(title) for title in titles) or (words < TINY * 4 and _bot.search(document.html)):
        return "bot_wall"
    if _consent_address.search(page.url) or _say(titles, "consent", words):
        return "consent_wall"
    if _say(titles, "not_found", words):
        return "soft_404"
    asks = document.tree.xpath('boolean(//input[@type="password"])')
    if _login_address.search(urlsplit(page.url).path) or (asks and _say(titles, "login", words)):
        return "login_wall"
    return None


def _say(titles: list[str], kind: str, words: int) -> bool:
    """Whether one of the titles says it in words of this kind: mostly, or on a page with next to no text."""
    for title in map(structured.cut_site, titles):
        said = sum(len(match.group()) for match in containing(kind).finditer(title.lower()))
        if said and (words < TINY * 4 or said >= len(title) * TITLE_SHARE):
            return True
    return False


def is_consent_text(text: str, words: int) -> bool:
    """Whether a short text is about cookies and consent: four and more different words of that kind."""
    if not 0 < words < SHORT:
        return False
    found = {match.group() for match in containing("consent_text").finditer(text.lower())}
    return len(found) >= 4 and len(found) >= words / 30


def _claims_to_be_article(document: Document) -> bool:
    """Whether its markup or its address says so."""
    return bool(document.jsonld.article) or bool(_article_address.search(urlsplit(document.page.url).path))


def _is_index(document: Document, text: str, words: int) -> bool:
    """Whether a page without a date is a list of others.

    It is the front page, or says so, or has many links and no paragraphs, or next to no text and headings
    that are links: an article's own headings are not.
    """
    address = urlsplit(document.page.url)
    if address.path in ("", "/") and not address.query:
        return True
    if any(name in _list_types for item in document.jsonld.objects for name in types(item)):
        return True
    if not _is_list(text):
        return False
    links = sum(1 for folded in document.anchors if folded.count(" ") >= 3)
    return links >= TEASERS or (words < SHORT and _headings_are_links(document))


def _words_in_sentences(text: str) -> int:
    """Words in lines of four and more: a menu that got into the text does not count."""
    return sum(count for line in text.split("\n") if (count := count_words(line)) >= 4)


def _headings_are_links(document: Document) -> bool:
    headings = document.tree.xpath("//h2 | //h3")
    linked = sum(1 for heading in headings if heading.xpath("boolean(.//a[@href] | ancestor::a[@href])"))
    return linked >= 2 and linked * 2 > len(headings)


def _is_list(text: str) -> bool:
    """Whether a text has next to no paragraphs."""
    counts = [count_words(line) for line in text.split("\n")]
    long = [count for count in counts if count >= PARAGRAPH]
    return len(long) < PARAGRAPHS and sum(long) < sum(counts) * PARAGRAPH_SHARE


def _has_summary(article: Article) -> bool:
    """Whether headline, date and a summary stand for a text that the page does not give."""
    return bool(article.headline and article.date_published) and count_words(article.description) >= TINY


def access(document: Document, article: Article, dropped: list[str]) -> Access:
    """How much of the text the page gave; `dropped` are the lines taken out of it."""
    words = count_words(article.article_body)
    told = _word_count(document)
    if told and words >= told * 0.8:
        return "full"
    lines = [*article.article_body.split("\n")[-2:], *dropped]
    asked = words < FULL_PREVIEW and any(containing("paywall").search(line.lower()) for line in lines)
    if asked or (structured.free(document) is False and _is_preview(document, words, told)):
        return "paywall"
    ends_cut = _cut.search(article.article_body) is not None
    if words < TINY * 2 or (words < SHORT and (ends_cut or told > words * 3)):
        return "teaser"
    return "full"


def _is_preview(document: Document, words: int, told: int) -> bool:
    """Whether a page that costs something gave only a part: by its word count, its paid part, or its
    length."""
    if told:
        return words < told * 0.8
    for item in document.jsonld.objects:
        for part in document.jsonld.values(item.get("hasPart")):
            if isinstance(part, dict) and isinstance(part.get("cssSelector"), str):
                return (
                    _selected_words(document, part["cssSelector"]) < FULL_PREVIEW / 2
                    and words < FULL_PREVIEW * 2
                )
    return words < FULL_PREVIEW


def _selected_words(document: Document, selector: str) -> int:
    """Words in the first element of a simple class selector (".paywall"); 0 where there is none."""
    name = selector.strip().split(",")[0].strip().rpartition(" ")[2].lstrip(".#")
    found = document.tree.xpath(
        '//*[contains(concat(" ", normalize-space(@class), " "), $name) or @id=$id]',
        name=f" {name} ",
        id=name,
    )
    return max((count_words(element.text_content()) for element in found), default=0)


def _word_count(document: Document) -> int:
    """JSON-LD wordCount; 0 where it is missing or absurd."""
    value = str(document.jsonld.article.get("wordCount", "")).strip()
    return int(value) if re.fullmatch(r"[0-9]{1,5}", value) else 0


@lru_cache(maxsize=8)
def count_words(text: str) -> int:
    """Words of a text; in scripts without spaces two characters count as one."""
    tokens = fold(text).split()
    if text.isascii():
        return len(tokens)
    single = sum(1 for token in tokens if len(token) == 1 and token > "\u0e00")  # noqa: S105 (a word)
    return len(tokens) - single // 2
