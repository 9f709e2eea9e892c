"""The byline that readers see: marked up as one, or a line with a label such as "By" or "Автор:"."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.folding import collapse
from crawler.extractors.names import person_names, word_lists

LONGEST = 160
"""Characters of a byline with its date and place."""

LONGEST_LINK = 60
"""Characters of a link to a person's page."""

PEOPLE = 5
"""Persons in a byline; more are a list of the newsroom's people."""

_marked = re.compile(r"by-?line|author|(?<![a-z])auth?or|firma|autor|reporter|contributor-name|signature")
_about = re.compile(r"(?:post|entry|article)[-_]?(?:info|meta)|submitted|^meta$")
_reporter = re.compile(r"^[〔【\[（(](?:本報)?(?:記者|记者)\s*(?P<name>[\u3400-\u9fff]{2,4})[／/∕\s]")
"""The reporter at the start of a Chinese text: "〔記者…／…報導〕"."""
_signed = re.compile(r"[(（]c[)）]\s*[A-Za-z]{2,8}\s?/\s?(?P<name>[^/()]{4,40})$")
"""The reporter at the end of an agency's text: "(c)AFP/Ann LEE"."""
_elsewhere = re.compile(
    r"comment|respond|reply|related|sidebar|recommend|teaser|most-?read|card|promo(?!ted)|widget|bio|box|share|avatar|social"
    r"|footer|wm-ipp|gallery__|caption|photo|image|tags?\b|menu|login|(?<![a-z])form(?![a-z])|count|link-list"
)
_outer = frozenset(
    {"aside", "nav", "footer", "form", "figure", "figcaption", "script", "style", "noscript", "select"}
)
_particles = frozenset({
    "de", "del", "della", "der", "den", "di", "da", "do", "dos", "das", "du", "la", "le", "van", "von", "zu",
    "zum", "ter", "ten", "bin", "ibn", "al", "el", "y", "e", "i", "av", "af",
})  # fmt: skip
_caseless = re.compile(r"[\u0590-\u1cff\u3040-\ud7af]")


@lru_cache(maxsize=1)
def _labelled() -> re.Pattern[str]:
    """A label at the start of a text, or after a mark in it: "By Ann", "24 May | Autor: Ann - 3 comments"."""
    words = word_lists()
    before, labels = ("|".join(map(re.escape, words[kind])) for kind in ("before", "labels"))
    return re.compile(
        rf"(?:^(?:{before})(?:\s*[:：]\s*|\s+|$)|^(?:{labels})$|(?:^|[-–—|·•,]\s*)(?:{labels})\s*[:：]\s*)(?P<names>.*)$",
        re.IGNORECASE,
    )


def visible_names(document: Document, outlets: Collection[str]) -> list[str]:
    """The persons of the first byline of the page that names any; [] without one."""
    for text in (*_marked_texts(document), *_labelled_texts(document)):
        found = [name for name in person_names([text], outlets) if looks_like_name(name)]
        if 0 < len(found) <= PEOPLE:
            return found
    return _pen_name(document, outlets)


def _pen_name(document: Document, outlets: Collection[str]) -> list[str]:
    """The one word by which a link to its author's page names who wrote a blog's entry."""
    for link in document.xpath('//a[@rel="author" or contains(@class, "fn") or contains(@href, "/author/")]'):
        text = _text(link)
        if text.isalnum() and 3 <= len(text) <= 20 and not is_elsewhere(link):
            return person_names([text], outlets)
    return []


def looks_like_name(name: str) -> bool:
    """Two to five words with capitals (particles aside), or 30 characters of a script without capitals."""
    words = name.split()
    if _caseless.search(name):
        return len(name) <= 30 and len(words) <= 4
    if any(map(str.isdigit, name)) or not 2 <= len(words) <= 5:
        return False
    return all(word[:1].isupper() or word in _particles or word[1:2] in "'’" for word in words)


def _marked_texts(document: Document) -> Iterator[str]:
    """Texts of the elements that their markup calls the author, surest first."""
    for element, rel, prop in document.marked:
        if "author" in (rel, prop) and not is_elsewhere(element):
            named = element.xpath('.//*[@itemprop="name"]')
            siblings = element.getparent().xpath('./*[@rel="author"]') if rel else []
            parts = named[:1] or (siblings if len(siblings) > 1 else [element])
            yield " ; ".join(_text(part) for part in parts)
    for element, name, _ in document.named:
        kind = _kind(name)
        if kind == "byline" and not is_elsewhere(element):
            yield _byline_of(element)
        elif kind == "about" and not is_elsewhere(element):
            yield _name_between_marks(_text(element))


@lru_cache(maxsize=4096)
def _kind(name: str) -> str:
    """Whether a class calls its element a "byline", or a line "about" the article."""
    name = name.lower()
    return "byline" if _marked.search(name) else "about" if _about.search(name) else ""


@lru_cache(maxsize=1)
def _first_words() -> frozenset[str]:
    words = word_lists()
    return frozenset(label.split()[0] for kind in ("before", "labels") for label in words[kind])


def _may_be_labelled(text: str) -> bool:
    """Whether the slow pattern needs to look at a text."""
    if not 0 < len(text) <= LONGEST:
        return False
    return ":" in text or "：" in text or text.split(" ", 1)[0].casefold() in _first_words()


def _name_between_marks(text: str) -> str:
    """The person in a line about the entry: "19 May, 8:00 · Ann Lee · no comments"."""
    parts = re.split(r"\s+[·|•–-]\s+", text) if len(text) <= LONGEST else []
    if len(parts) > 1 and any(map(str.isdigit, text)):
        return next(filter(looks_like_name, parts), "")
    return ""


def _byline_of(element: HtmlElement) -> str:
    """A byline's text: that of its links to persons, else its own up to a date."""
    links = [text for link in element.iter("a") if (text := _text(link)) and "@" not in text]
    if links and element.tag != "a":
        return " ; ".join(dict.fromkeys(links))
    text = _text(element)
    return text if len(text) <= LONGEST else ""


def _labelled_texts(document: Document) -> Iterator[str]:
    """What follows a label in the short texts of the page."""
    for element in document.elements:
        if element.tag in _outer:
            continue
        for raw, is_tail in ((element.text, False), (element.tail, True)):
            if not raw or raw.isspace():
                continue
            text = collapse(raw)
            signed = (
                (_reporter.match(text) or _signed.search(text))
                if text[:1] in "〔【[（(" or "/" in text
                else None
            )
            if signed:
                yield signed["name"]
            found = _labelled().search(text) if _may_be_labelled(text) else None
            if found is None:
                continue
            names = found["names"]
            if not names:  # the name is in an element of its own
                names = _after_label(element, text, is_tail=is_tail)
            if names and not is_elsewhere(element):
                yield names


def _after_label(element: HtmlElement, label: str, *, is_tail: bool) -> str:
    """The text that follows a label alone: "By <a>Ann</a>", "<div>Author</div><div>Ann</div>"."""
    if is_tail:
        following = element.getnext()
        return _text(following) if following is not None else ""
    inside = _text(element).removeprefix(label).strip(" :")
    following = element.getnext()
    text = inside or (_text(following) if following is not None else "")
    return text if len(text) <= LONGEST else ""


def _text(element: HtmlElement) -> str:
    return collapse(" ".join(element.itertext())) if isinstance(element.tag, str) else ""


def is_elsewhere(element: HtmlElement) -> bool:
    """Whether it stands in a comment, a teaser, a caption or a page's frame (the Wayback Machine's, too)."""
    for outer in (element, *element.iterancestors()):
        if outer.tag in ("body", "html"):
            return False
        names = f"{outer.get('class') or ''} {outer.get('id') or ''}".lower()
        if outer.tag in _outer or _elsewhere.search(names):
            return outer.tag != "footer" or next(outer.iterancestors("article"), None) is None
        if outer.tag == "a" and outer is not element and len(_text(outer)) > LONGEST_LINK:
            return True  # a teaser, linked as a whole
    return False
