"""The extractor for every site: trafilatura for the text, the page's markup for the fields."""

import copy
import logging
from collections.abc import Container, Iterable, Iterator

import trafilatura
from lxml.html import HtmlElement

from archive.article import Article
from crawler.extractors import fields, page_kind
from crawler.extractors.base import Page
from crawler.extractors.blocks import lines_of
from crawler.extractors.body_html import body_html
from crawler.extractors.boxes import SURE, without_boxes
from crawler.extractors.document import Document
from crawler.extractors.errors import NotAnArticle
from crawler.extractors.extraction import Extraction
from crawler.extractors.folding import Gram, collapse, fold, grams
from crawler.extractors.layout import unwrap_layout_tables
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.lines import Cleaned, clean
from crawler.extractors.pictures import images
from crawler.extractors.restore import restored
from crawler.extractors.standfirst import standfirsts
from crawler.extractors.state import text_in_state

NAME = "generic"
"""What `Article.extractor` says."""

_log = logging.getLogger(__name__)

CLIENT_RENDERED = 0.4
"""Below this share of JSON-LD articleBody's words the page's own text is taken to be missing (drawn by a
script)."""


LOST = 0.5
"""Below this share of the page's paragraphs the text found is taken to be a wrong part of the page."""

MORE = 1.3
"""A second reading counts if it finds this many times the text."""


def extract(page: Page) -> Extraction:
    """Read any page; raises NotAnArticle."""
    document = Document(page)
    article = fields.read_fields(document, NAME)
    cleaned = _text(document, article)
    article.article_body = cleaned.text
    article.article_body_html = body_html(cleaned.kept, document.absolute)
    article.images = images(document, cleaned.dropped_by("caption", "credit"), cleaned.lines[-2:])
    fields.complete(document, article, [line for _, line in cleaned.dropped])
    reason = page_kind.refusal(document, article)
    if reason:
        raise NotAnArticle(reason, page.url)
    article.access = page_kind.access(document, article, cleaned.dropped_by("plea", "tail", "foreign"))
    if article.access != "full" and not article.article_body:
        article.article_body = article.description
        article.article_body_html = body_html([Line(article.description)] if article.description else [])
    return Extraction(article=article, document=document)


def _text(document: Document, article: Article) -> Cleaned:
    """The article's lines; those in the page's JSON where the HTML holds few of them."""
    lines = _page_lines(document)
    text = "\n".join(line.text for line in lines)
    facts = Facts.of(document, article.headline, article.authors)
    if _is_client_rendered(lines, facts.article_body):
        text = document.article_body
        lines = [Line(line) for line in text.split("\n")]
    if page_kind.count_words(text) < page_kind.TINY:
        state = text_in_state(document.tree)
        lines = [Line(line) for line in state.split("\n")] if state else lines
    cleaned = clean(lines, facts)
    standfirst = _visible_standfirst(document, facts, _folded(cleaned.kept))
    if standfirst:
        cleaned.kept.insert(0, Line(standfirst))
    return cleaned


def _page_lines(document: Document) -> list[Line]:
    """The lines that trafilatura finds on the page without its boxes.

    Where it finds much less than the page's paragraphs hold, it has lost its way: it may find the text by a
    box that is out. Then it reads the page again with all but the surest of them.
    """
    lines, held = _lines_without(document, None)
    length = sum(len(line.text) for line in lines)
    if length < held * LOST:
        again, _ = _lines_without(document, SURE)
        if sum(len(line.text) for line in again) > length * MORE:
            return again
    return lines


def _lines_without(document: Document, boxes: Container[str] | None) -> tuple[list[Line], int]:
    """The lines of the page without these boxes (None: without any), and the length of its paragraphs."""
    tree = copy.deepcopy(document.tree)
    alive = list(tree.iter("*"))  # see Document.elements
    _drop_unread(tree)
    unwrap_layout_tables(tree)
    held = without_boxes(tree, boxes)
    lines = _read(tree)
    del alive
    return lines, held


def _drop_unread(tree: HtmlElement) -> None:
    """Take out what holds no text: trafilatura copies the page five times."""
    head = tree.find("head")
    unread = [
        *tree.iter("style", "svg", "template"),
        *(head.iter("link", "meta") if head is not None else ()),
    ]
    for element in unread:  # a template with a shadow root is shown
        if element.getparent() is not None and element.get("shadowrootmode") is None:
            element.drop_tree()


def _read(tree: HtmlElement) -> list[Line]:
    try:
        found = trafilatura.bare_extraction(tree, include_comments=False, output_format="xml")
        body = getattr(found, "body", None)
    except Exception:  # its own failure on odd markup must not lose the page
        _log.warning("trafilatura failed; its plainest reading is taken", exc_info=True)
        body = trafilatura.baseline(tree)[0]
    return restored(lines_of(body), tree) if body is not None else []


def _folded(lines: Iterable[Line]) -> str:
    return " ".join(filter(None, (line.folded for line in lines)))


def _is_client_rendered(lines: list[Line], body: str) -> bool:
    """Whether the page's own text lacks most of the folded articleBody, which is the longer one.

    A text in one line is articleBody itself, which trafilatura takes without its paragraphs.
    """
    if not body:
        return False
    shown = _folded(lines)
    if shown == body and len(lines) == 1:
        return True
    if body.count(" ") < page_kind.TINY or len(shown) >= len(body):
        return False
    known, runs = set(grams(shown)), grams(body)
    return sum(run in known for run in runs) < len(runs) * CLIENT_RENDERED


def _visible_standfirst(document: Document, facts: Facts, folded: str) -> str:
    """A standfirst that the page shows, outside of pictures, and the text lacks; "" where there is none.

    It is what a meta tag repeats, or what the page marks as one above the text.
    """
    known: set[Gram] = set(grams(folded))
    for description in facts.descriptions:
        if description.count(" ") < 6 or _is_known(description, known):
            continue
        for element, text in _short_elements(document, description):
            if fold(text) == description and next(element.iterancestors("figure"), None) is None:
                return text
    marked = next(standfirsts(document.tree), "")
    return "" if fold(marked) in facts.titles or _is_known(fold(marked), known) else marked


def _is_known(folded: str, known: set[Gram]) -> bool:
    """Whether the text has three tenths of it."""
    runs = grams(folded)
    return sum(run in known for run in runs) / len(runs) > 0.3


def _short_elements(document: Document, description: str) -> Iterator[tuple[HtmlElement, str]]:
    """The elements that may hold exactly this folded text, with their text: few, as folding costs."""
    longest = max(description.split(" "), key=len)
    for element in document.tree.iter("p", "h2", "h3", "span", "div"):
        if element.tag == "div" and element.find(".//div") is not None:
            continue
        if longest not in element.text_content().casefold():
            continue
        text = collapse(" ".join(element.itertext()))
        if len(description) <= len(text) < 900:
            yield element, text
