"""The text of pages that a script draws: frameworks (Next.js, React Query) send it as HTML inside JSON."""

from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

from crawler.extractors.jsonld import DEEPEST, first_json, plain

LEAST = 400
"""Characters of an HTML string that may be an article's text."""


def text_in_state(tree: HtmlElement) -> str:
    """The longest HTML text of two or more paragraphs in the scripts, a line a paragraph; "" for none."""
    found: list[str] = []
    for script in tree.iter("script"):
        data = script.text or ""
        if len(data) >= LEAST and ("<p" in data or "\\u003cp" in data.lower()):
            found += _html_strings(first_json(data[data.find("{") :]))
    return plain(max(found, key=len)) if found else ""


def _html_strings(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= LEAST and value.count("<p") >= 2:
            yield value
    elif depth <= DEEPEST * 2 and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _html_strings(item, depth + 1)
