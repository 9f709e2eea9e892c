"""Where an article ends: the lines after it that are not marked in any way."""

import re
from collections.abc import Iterable

from crawler.extractors.line_facts import Facts
from crawler.extractors.line_steps import Lines, is_closed, is_plea, is_speech
from crawler.extractors.words import starting

MOST = 8
"""Lines that are cut from the end at most."""

LEAST = 3
"""Lines that are left at least."""

NOTE = 260
"""Characters of a line that a tail word ("About the author") or an address makes a note."""

STUB = 45
"""Characters below which a line without a closing mark is no paragraph: a code, a tag, a button."""

_address = re.compile(r"\S+@\S+\.\w+|(?<!\w)@\w+|pic\.twitter|twitter\.com|facebook\.com|instagram")
_note = re.compile(r"^\W*(?:\d+\s+(?:comments?|kommentare?)\b|https?:|©|\(c\)|\S+@\S+)")
_byline = re.compile(r"^[A-ZÀ-ÞА-Я]")
_code = re.compile(r"[a-z]{2,12}(?:[-_/.][a-z0-9]{1,12}){1,4}", re.IGNORECASE)


def tail_lines(lines: Lines, facts: Facts) -> Iterable[int]:
    """The lines to cut from the end."""
    index = len(lines) - 1
    while index >= LEAST and len(lines) - index <= MOST and _is_tail(lines, index, facts):
        yield index
        index -= 1


def end_lines(lines: Lines, _: Facts) -> Iterable[int]:
    """Codes, headings of comment forms and other stubs at the very end; also in a text of two lines.

    A stub is a short line without a closing mark after lines that have one: a language without such marks
    has none.
    """
    closed = sum(is_closed(line.text) for line in lines) * 2 >= len(lines)
    index = len(lines) - 1
    while index >= 1 and len(lines) - index <= MOST:
        line = lines[index]
        stub = closed and len(line.text) < STUB and line.words <= 8 and not is_closed(line.text)
        if not (stub or is_plea(line) or is_site_code(line.text)):
            break
        yield index
        index -= 1


def _is_tail(lines: Lines, index: int, facts: Facts) -> bool:
    line = lines[index]
    if is_plea(line) or line.folded in facts.anchors or is_site_code(line.text):
        return True
    if line.is_heading or not line.folded:
        return True
    if is_speech(line):
        return False
    if len(line.text) < NOTE and (
        starting("tails").match(line.lower)
        or _note.match(line.lower)
        or _address.search(line.lower)
        or _has_byline(line.text)
    ):
        return True
    return len(line.text) < STUB and not is_closed(line.text)


def _has_byline(text: str) -> bool:
    word = starting("bylines").match(text.lower())
    return (
        word is not None and word.end() < len(text) and _byline.match(text[word.end() :].strip()) is not None
    )


def is_site_code(text: str) -> bool:
    """Whether a line is a code such as "abc-de-58": parts joined by signs, no space, a digit among them."""
    stripped = text.strip()
    return _code.fullmatch(stripped) is not None and any(map(str.isdigit, stripped)) and "://" not in stripped
