"""Parts of a page that are not the article, known by their element: pop-ups, polls, pictures, comments.

They are taken out of a copy of the page before trafilatura reads it: an element says what it is more surely
than its words do. What only words tell is left to the line filter. Every rule names a kind of part, never a
site; a part that holds the headline or much of the page's text is never taken out.
"""

import logging
import re
from collections.abc import Callable, Container, Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extractors.folding import collapse
from crawler.extractors.words import starting

_log = logging.getLogger(__name__)

LARGEST = 0.35
"""Share of the page's paragraphs that a part may hold; a larger one is the article under a wrong name."""

LEAST = 300
"""Characters in paragraphs that a page must have: in a shorter one a part may be all there is."""

LONGEST = 600
"""Characters in paragraphs of a part that only its name gives away: the text itself may stand in a
"paywall-container"."""

BOX = 420
"""Characters of a box with a button or a form."""

PARAGRAPH = 160
"""Characters of a paragraph that makes a box with a button a part of the text (a transcript's player)."""

CAPTION = 300
"""Characters of a picture's caption."""

SENTENCE = 100
"""Characters of a paragraph beside a picture that is text and no caption."""

_tokens = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_UNNAMED = frozenset({"article", "main", "a", "span", "img"})
_phrases = re.compile(
    r"pull[-_]?quote|\bmas[-_]?(?:noticias|leid)|\b(?:see|read|ver|lea|leer|leia|veja)[-_]?(?:also|tambi?en|tambem|mas|mais)\b",
    re.IGNORECASE,
)
"""The same in two words: pull quotes, "more news", "see also"."""
_NAMES = frozenset({
    "newsletter", "newsletters", "subscribe", "subscribebox", "subscription", "suscribite", "paywall",
    "popup", "modal", "poll", "quiz", "cta", "share", "sharing", "sharebar", "social", "related",
    "recommended", "recommendations", "promo", "sponsor", "disclaimer", "pullquote", "breadcrumb",
    "breadcrumbs", "comments", "comment", "commentlist", "tags", "keywords", "pagination", "statement",
    "feedback", "alsoread", "inread", "statbox", "toolbar", "signup", "donate", "donation", "reactions",
    "byline", "relacionada", "relacionadas", "relacionado", "relacionados", "similaires", "correlati",
    "correlate",
})  # fmt: skip
"""Words of class and id that name such a part: English as nearly every page has them, and "related" in the
languages whose pages name it otherwise."""

_CONTROLS = frozenset({"button", "input", "textarea", "select"})
_HEADING = frozenset({"h2", "h3", "h4", "h5", "h6", "p", "b", "strong", "font", "div", "span"})
_BOXES = frozenset({"div", "section", "aside", "form", "li", "amp-consent", "header", "footer"})


def without_boxes(tree: HtmlElement, names: Container[str] | None = None) -> int:
    """Take the parts out, by all rules or the named ones; changes the tree.

    Returns how many characters its paragraphs have left.
    """
    text = paragraphs(tree)
    if text < LEAST:
        return text
    limit = LARGEST * text
    for name, rule in RULES.items():
        if names is not None and name not in names:
            continue
        try:
            for element in list(rule(tree)):
                if _is_part(element, limit if name not in SURE else text - LEAST):
                    element.drop_tree()
        except Exception:
            _log.warning("the rule %r for boxes failed", name, exc_info=True)
    _open_infoboxes(tree)
    return paragraphs(tree)


def _is_part(element: HtmlElement, limit: float) -> bool:
    if element.getparent() is None or element.tag in ("html", "body", "main", "article", "h1"):
        return False
    if element.find(".//h1") is not None or element.get("itemprop") == "articleBody":
        return False
    return paragraphs(element) <= max(limit, BOX)


def paragraphs(element: HtmlElement) -> int:
    """Characters in its paragraphs."""
    return sum(len(p.text_content()) for p in element.iter("p"))


def _hidden(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Dialogs, and what shows only without a script."""
    for element in tree.iter("*"):  # an XPath takes three times as long
        if (
            element.get("role") in ("dialog", "alertdialog")
            or element.get("aria-modal") == "true"
            or element.get("class") in ("nojs", "no-js")
        ):
            yield element


def _named(tree: HtmlElement) -> Iterator[HtmlElement]:
    """What class or id name."""
    body = tree.find(".//body")
    for element in body.iterdescendants("*") if body is not None else ():
        name, identifier = element.get("class"), element.get("id")
        if not (name or identifier) or element.tag in _UNNAMED:
            continue
        names = f"{name or ''} {identifier or ''}"
        if _is_named(names) and (paragraphs(element) <= LONGEST or "comment" in names.lower()):
            yield element


@lru_cache(maxsize=8192)
def _is_named(names: str) -> bool:
    words = (token.lower() for token in _tokens.findall(names))
    return not _NAMES.isdisjoint(words) or _phrases.search(names) is not None


def _with_controls(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The innermost boxes around buttons and forms that hold no paragraph of the text."""
    seen = set()
    for control in tree.iter(*_CONTROLS):
        box = next((above for above in control.iterancestors() if above.tag in _BOXES), None)
        while box is not None and not collapse(box.text_content()).strip(collapse(control.text_content())):
            box = box.getparent()
        if box is None or box in seen:
            continue
        seen.add(box)
        if len(collapse(box.text_content())) <= BOX and not _has_paragraph(box):
            yield box


def _has_paragraph(box: HtmlElement) -> bool:
    return any(len(collapse(p.text_content())) > PARAGRAPH for p in box.iter("p"))


def _link_lists(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Lists of links with the heading before them."""
    for block in tree.iter("ul", "ol"):
        items = [item for item in block if item.tag == "li"]
        if len(items) < 2 or not all(_is_linked(item) for item in items):
            continue
        before = block.getprevious()
        if before is not None and before.tag in _HEADING and len(collapse(before.text_content())) < 60:
            yield before
        yield block


def _is_linked(item: HtmlElement) -> bool:
    """Whether a link opens the item and holds at least half of it."""
    text = collapse(item.text_content())
    link = next(item.iter("a"), None)
    return (
        link is not None
        and len(text) < 160
        and text.startswith(collapse(link.text_content())[:20])
        and 2 * sum(len(collapse(a.text_content())) for a in item.iter("a")) >= len(text)
    )


def _comments(tree: HtmlElement) -> Iterator[HtmlElement]:
    """The heading of the comments ("Reacties (4)") after the text, and what follows it in its place."""
    read = 0
    for element in tree.iter("p", "h2", "h3", "h4", "font", "div"):
        text = collapse(element.text_content()) if len(element) < (1 if element.tag == "div" else 3) else ""
        if read >= LEAST and 0 < len(text) < 40 and _is_comment_heading(text):
            for part in (element, *element.itersiblings()):
                part.tag = "div"
                yield part
        read += len(text) if element.tag == "p" else 0


def _is_comment_heading(text: str) -> bool:
    word = starting("comments", "replies").match(text.lower())
    return word is not None and re.fullmatch(r"\W*(?:\d+\W*)?", text[word.end() :]) is not None


def _after_text(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Small boxes with a heading of their own behind the element that holds most of the text."""
    texts: dict[HtmlElement, int] = {}
    for p in tree.iter("p"):
        texts[p.getparent()] = texts.get(p.getparent(), 0) + len(p.text_content())
    home = max(texts, key=texts.__getitem__, default=None)
    for element in home.itersiblings("div", "section") if home is not None else ():
        if len(collapse(element.text_content())) <= BOX / 2 and element.find(".//h3") is not None:
            yield element


def _floats(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Tables beside the text: pictures and boxes of old pages."""
    for table in tree.iter("table"):
        if (table.get("align") or "").lower() in ("left", "right"):
            yield table


def _pictures(tree: HtmlElement) -> Iterator[HtmlElement]:
    """Pictures with their captions (`pictures.py` reads them)."""
    yield from (
        caption for caption in tree.iter("figcaption") if len(collapse(caption.text_content())) <= CAPTION
    )
    for picture in tree.iter("img", "amp-img"):
        box = caption_box(picture)
        if box is not None:
            yield box


def caption_box(picture: HtmlElement) -> HtmlElement | None:
    """The element that holds a picture and its caption and nothing else; None where there is none."""
    for above in picture.iterancestors():
        if above.tag in ("body", "article", "main", "a", "p", "h1", "h2", "h3"):
            return None
        text = collapse(above.text_content())
        if text:
            small = len(text) <= CAPTION and not any(True for _ in above.iter("h1", "h2", "h3", "li"))
            alone = above.tag == "figure" or not any(
                len(p.text_content()) > SENTENCE for p in above.iter("p")
            )
            return above if small and alone and len(above.findall(".//img")) <= 1 else None
    return None


def _open_infoboxes(tree: HtmlElement) -> None:
    """An aside within the article without links and forms is a box of facts; trafilatura drops asides."""
    for aside in list(tree.iter("aside")):
        inside = any(above.tag in ("article", "main") for above in aside.iterancestors())
        if inside and next(aside.iter("a", "form", *_CONTROLS), None) is None:
            aside.tag = "div"
            aside.attrib.clear()


SURE = frozenset({"hidden", "comments"})
"""Rules whose parts may hold more than the text does, as long as something is left."""

RULES: dict[str, Callable[[HtmlElement], Iterator[HtmlElement]]] = {
    "hidden": _hidden,
    "comments": _comments,
    "named": _named,
    "controls": _with_controls,
    "links": _link_lists,
    "after": _after_text,
    "floats": _floats,
    "pictures": _pictures,
}
"""The rules in their order; each names elements to take out. One that fails is left out and logged."""
