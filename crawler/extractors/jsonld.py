"""The JSON-LD of a page: every object that describes it, and the one that is the article."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from lxml.html import HtmlElement

Object = dict[str, Any]

DEEPEST = 12
"""Levels of nesting that are followed; real pages have up to 6."""

_unusable = re.compile(
    r"\\u(?:00(?:0[0-8bcef]|1[0-9a-f])|d[89ab][0-9a-f]{2}(?!\\ud[c-f][0-9a-f]{2}))"
    r"|(?<!\\ud[89ab][0-9a-f][0-9a-f])\\ud[c-f][0-9a-f]{2}",
    re.IGNORECASE,
)
_decoder = json.JSONDecoder(strict=False)  # raw newlines in strings are common
_article_type = re.compile(r"(?:article|report|(?<!job)posting)$", re.IGNORECASE)
_break = re.compile(r"<\s*(?:br|/p|/div|/li|/h\d)[^>]*>", re.IGNORECASE)

_MEDIA = frozenset({"ImageGallery", "MediaGallery", "PodcastEpisode", "RadioEpisode"})
"""What a page without an article may be about."""

NOT_THE_PAGE = frozenset({
    "author", "creator", "contributor", "editor", "publisher", "provider", "image", "logo",
    "isPartOf", "hasPart", "about", "mentions", "comment", "review", "itemListElement", "citation",
    "isBasedOn", "sourceOrganization", "relatedLink", "blogPost", "potentialAction",
    "liveBlogUpdate",
})  # fmt: skip
"""Properties whose objects are something else than the page's article."""


class JsonLd:
    """The objects of one page."""

    def __init__(self, tree: HtmlElement) -> None:
        roots = [first_json(script) for script in tree.xpath('//script[contains(@type, "ld+json")]/text()')]
        self._by_id: dict[str, Object] = {}
        for item in _walk(roots, frozenset()):
            if isinstance(item.get("@id"), str) and len(item) > 1:
                self._by_id.setdefault(item["@id"], item)
        self.objects = list(_walk(roots, NOT_THE_PAGE))
        """The objects that describe the page, in its order."""
        self.article = self._article()
        """The article's object; empty where there is none."""

    def _article(self) -> Object:
        found = [item for item in self.objects if any(map(_article_type.search, types(item)))]
        found = found or [item for item in self.objects if not _MEDIA.isdisjoint(types(item))]
        with_text = (item for item in found if item.get("articleBody"))
        return next(with_text, found[0] if found else {})

    def values(self, value: Any) -> Iterator[Any]:
        """The members of a property, one or many, with references to other objects of the page followed."""
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and set(item) <= {"@id", "@type"}:
                yield self._by_id.get(str(item.get("@id")), item)
            elif item is not None:
                yield item

    def names(self, value: Any) -> list[str]:
        """The names in a property that holds strings or objects with a name."""
        names: list[Any] = []
        for item in self.values(value):
            name = item.get("name") if isinstance(item, dict) else item
            names += name if isinstance(name, list) else [name]
        return [plain(name) for name in names if isinstance(name, str) and name.strip()]

    def text(self, *names: str) -> str:
        """The first of the article's properties with these names that holds text, as plain text on one
        line."""
        for name in names:
            for value in self.values(self.article.get(name)):
                if isinstance(value, str) and value.strip():
                    return " ".join(plain(value).split())
        return ""


def types(item: Object) -> list[str]:
    """The names of an object's types."""
    value = item.get("@type")
    return [name for name in (value if isinstance(value, list) else [value]) if isinstance(name, str)]


def plain(value: Any) -> str:
    """Text of a property, which may hold HTML or escaped HTML: one line a paragraph."""
    text = html.unescape("\n".join(map(str, value)) if isinstance(value, list) else str(value))
    text = re.sub(r"<[^<>]+>", " ", _break.sub("\n", text))
    lines = (" ".join(line.split()) for line in html.unescape(text).split("\n"))
    return "\n".join(line for line in lines if line)


def is_false(value: Any) -> bool:
    """Whether a boolean property says no, in the ways pages write it."""
    return value is False or (isinstance(value, str) and value.strip().lower().endswith("false"))


def is_true(value: Any) -> bool:
    """Whether a boolean property says yes."""
    return value is True or (isinstance(value, str) and value.strip().lower().endswith("true"))


def first_json(script: str) -> Any:
    """The first JSON value in a script's text, whatever wraps it (comment, CDATA, a semicolon); None
    without one.

    A half of a surrogate pair (a title cut within an emoji) and control characters become U+FFFD: no archive
    and no XML takes them.
    """
    script = _unusable.sub(r"\\ufffd", script)
    for text in (script, html.unescape(script)):
        brace = text.find("{")
        if brace < 0:
            continue
        for start in (*(index for index in range(brace) if text[index] == "["), brace):
            try:
                return _decoder.raw_decode(text, start)[0]
            except (ValueError, RecursionError):
                continue
    return None


def _walk(value: Any, skipped: frozenset[str], depth: int = 0) -> Iterator[Object]:
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for item in value:
            yield from _walk(item, skipped, depth)
    elif isinstance(value, dict):
        yield value
        for name, item in value.items():
            if isinstance(item, dict | list) and name not in skipped:
                yield from _walk(item, skipped, depth + 1)
