"""HTML text -> tree, as trafilatura parses it (`trafilatura.load_html`), but for the choice of classes."""

import re

from lxml import etree, html
from lxml.html import HtmlElement
from trafilatura.utils import is_dubious_html, repair_faulty_html

_control = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|x0*(?:[0-8bcef]|1[\da-f])(?![\da-f]));?", re.IGNORECASE
)
"""References to control characters other than tab and line ends: trafilatura gives up a page that has one."""
_parser = html.HTMLParser(  # type: ignore[call-arg]  # lxml-stubs does not know default_doctype
    collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
)
# lxml.html asks a Python function for the class of each element, each time that it is met: a twentieth of the
# time of a page (benchmarks/extraction.py). Nobody here needs its classes for forms.
_parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))


def parse(text: str) -> HtmlElement | None:
    """The root of a page; None for what is no HTML: without a tag, or with less than a block."""
    if "<" not in text:
        return None
    beginning = text[:50].lower()
    repaired = repair_faulty_html(_control.sub(" ", text), beginning).encode("utf-8", "replace")
    try:
        tree: HtmlElement = html.fromstring(repaired, parser=_parser)
    except etree.LxmlError:
        return None
    return None if is_dubious_html(beginning) and len(tree) < 2 else tree
