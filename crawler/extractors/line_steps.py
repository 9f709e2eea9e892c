"""The steps of the line filter: each names the lines to drop, as indexes."""

import difflib
import re
from collections.abc import Iterable, Sequence

from crawler.extractors.captions import is_credited
from crawler.extractors.folding import collapse, fold, grams, sentences
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.words import containing, starting
from pipelines.text.dates import parse_date

Lines = Sequence[Line]

SHORT = 320
"""Characters: a line this long is a paragraph whatever it starts with."""

BYLINE = 160
"""Characters of authors and dates that stand in one line."""

TOP = 4
"""Lines at the top that may be no text."""

STUB = 45
"""Characters of a line without a closing mark that is no sentence; twice as many with a number in it."""

LD_SHARE, LD_KEEP = 0.6, 0.3
"""articleBody must hold this share of the text's runs of words to judge it, and of a line's to keep the
line."""

_closed = re.compile(r"[.!?…:\"”»。！？।؟۔]\W*$")
_stamp_only = re.compile(r"\s*1\d{9}(?:\d{3})?\s*")
_stamp_first = re.compile(r"^\s*1\d{9}(?:\d{3})?\s+(?=\w)")
_after_last = re.compile(
    r"(?<=[.!?。！？”“»\"])\s*(?:(?:/[a-zäöü]{2,5}){1,4}|(?:©|\([cC]\))\s?[^.!?。！？]{2,40})$"
)
_quoted = re.compile(r"[\"“„«»](\w[^\"“”„«»]{20,})[\"“”»«]")
_time_last = re.compile(r"\d{1,2}\W?\D{1,15}\d{1,2}[:.]\d\d\W*$")
_menu_split = re.compile(r"\s*[|·•›»/]\s*")
_rights = re.compile(r"^\W*(?:©|\(c\)|ⓒ)\s*\w")


def headlines(lines: Lines, facts: Facts) -> Iterable[int]:
    """The headline and its variants among the first lines."""
    top = 0
    while top < min(3, len(lines)) and _is_title(lines[top].folded, facts.titles):
        yield top
        top += 1
    yield from (index for index in range(top, min(4, len(lines))) if lines[index].folded in facts.titles)


def _is_title(folded: str, titles: set[str]) -> bool:
    if not folded or folded in titles:
        return bool(folded)
    joined = folded.replace(" ", "")
    if any(joined.endswith(title.replace(" ", "")) and len(folded) < len(title) + 40 for title in titles):
        return True
    near = (title for title in titles if abs(len(title) - len(folded)) < 15)
    return any(difflib.SequenceMatcher(None, folded, title).ratio() > 0.9 for title in near)


def bylines(lines: Lines, facts: Facts) -> Iterable[int]:
    """Author and date among the first lines, each alone on its line."""
    for index, line in enumerate(lines[:5]):
        if _names_author(line, facts):
            yield index
        if len(line.text) > 100 or line.words > 12:
            continue
        name = (
            fold(starting("bylines").sub("", line.lower))
            if starting("bylines").match(line.lower)
            else line.folded
        )
        if name in facts.authors or (re.search(r"\d{4}", line.text) and parse_date(line.text, language="en")):
            yield index


def _names_author(line: Line, facts: Facts) -> bool:
    """Whether a line that is no sentence has an author's name and a year: names and dates run together."""
    return (
        len(line.text) <= BYLINE
        and not is_closed(line.text)
        and re.search(r"(?:19|20)\d\d", line.text) is not None
        and any(f" {name} " in f" {line.folded} " for name in facts.authors if " " in name)
    )


def tops(lines: Lines, facts: Facts) -> Iterable[int]:
    """What stands between headline and text: section, date, "Updated at ...", alone on their lines.

    Short lines without a closing mark before the first sentence, in a text whose lines mostly have one.
    """
    closed = [is_closed(line.text) for line in lines if line.kind == "p"]
    if sum(closed) < 2 or sum(closed) * 2 < len(closed):
        return []
    found: list[int] = []
    for index, line in enumerate(lines[:TOP]):
        numbered = any(map(str.isdigit, line.text))
        if is_closed(line.text) or len(line.text) > STUB * (2 if numbered else 1):
            break
        if line.kind != "p" and (index or not line.is_heading or lines[1].kind != "p"):
            break
        found.append(index)
    plain = [index for index in found if not any(map(str.isdigit, lines[index].text))]
    return found if len(plain) <= 2 else sorted(set(found) - set(plain))


def is_plea(line: Line) -> bool:
    """Whether a line points elsewhere or asks the reader for something: "Read also", "Subscribe", "Leave a
    comment"."""
    length = len(line.text)
    if length >= SHORT or sentences(line.text) >= 3 or is_speech(line):
        return False
    if length < 180 and (starting("leads").match(line.lower) or _rights.match(line.lower)):
        return True
    if length < 160 and starting("starts").match(line.lower):
        return True
    phrase = containing("phrases", "comments").search(line.lower)
    return phrase is not None and phrase.start() <= 120


def is_speech(line: Line) -> bool:
    """Whether a line quotes somebody, as only articles do: five words and more between quotation marks."""
    return any(len(quoted.split()) >= 5 for quoted in _quoted.findall(line.text))


def pleas(lines: Lines, _: Facts) -> Iterable[int]:
    """Lines that point elsewhere or ask the reader for something."""
    return (index for index, line in enumerate(lines) if is_plea(line))


def teasers(lines: Lines, facts: Facts) -> Iterable[int]:
    """Lines that are wholly a link: after a "read also", in a row of two or more, or among the last three."""
    linked = [_is_link(line, facts) for line in lines]
    led = [starting("leads").match(line.lower) is not None for line in lines]
    for index, is_link in enumerate(linked):
        before, after = index > 0, index + 1 < len(lines)
        if is_link and (
            led[index]
            or index >= len(lines) - 3
            or (before and (linked[index - 1] or led[index - 1]))
            or (after and linked[index + 1])
        ):
            yield index


def _is_link(line: Line, facts: Facts) -> bool:
    folded = fold(starting("leads").sub("", _time_last.sub("", line.lower)))
    return folded.count(" ") >= 2 and folded in facts.anchors and line.folded not in facts.titles


def menus(lines: Lines, facts: Facts) -> Iterable[int]:
    """Three links and more in a row: in one line ("Home | World | Sport"), or each on a line of its own."""
    linked = [line.folded in facts.anchors and line.folded not in facts.titles for line in lines]
    starts = {start for start in range(len(lines) - 2) if all(linked[start : start + 3])}
    for index, line in enumerate(lines):
        parts = _menu_split.split(line.text)
        in_one_line = len(parts) >= 3 and all(part in facts.anchors for part in map(fold, parts) if part)
        in_one_line = in_one_line or (index < 3 and line.words <= 15 and _is_made_of_links(line, facts))
        if in_one_line or starts & {index - 2, index - 1, index}:
            yield index


def _is_made_of_links(line: Line, facts: Facts) -> bool:
    """Whether a line is three links and more without a sign between them: "World Sport Home and garden"."""
    words, found = line.folded.split(), 0
    while words:
        length = next((size for size in range(5, 0, -1) if " ".join(words[:size]) in facts.anchors), 0)
        if not length:
            return False
        words, found = words[length:], found + 1
    return found >= 3


def captions(lines: Lines, facts: Facts) -> Iterable[int]:
    """Lines that the page marks as captions."""
    if len(lines) >= 4:
        yield from (index for index, line in enumerate(lines) if line.folded in facts.captions)


def credited(lines: Lines, _: Facts) -> Iterable[int]:
    """Lines that end in a picture credit."""
    return (
        index
        for index, line in enumerate(lines)
        if (index < 3 or line.words <= 40 or len(line.text) <= 120) and is_credited(line.text)
    )


def stamps(lines: Lines, _: Facts) -> Iterable[int]:
    """Lines that are a Unix time stamp."""
    return (index for index, line in enumerate(lines) if _stamp_only.fullmatch(line.text))


def without_marks(text: str) -> str:
    """The line without a Unix time stamp at its start, and without initials or a credit behind its last
    sentence ("... erwartet./hb/stw", "... した。(c)AFP/Name")."""
    return _after_last.sub("", _stamp_first.sub("", collapse(text)))


def repeats(lines: Lines, _: Facts) -> Iterable[int]:
    """The second occurrence of a line of six words or more, and a line that is a part of another one."""
    seen: set[str] = set()
    text = f"  {'  '.join(line.folded for line in lines)}  "
    for index, line in enumerate(lines):
        if line.words >= 6 and (line.folded in seen or _is_pulled(line, text)):
            yield index
        seen.add(line.folded)


def _is_pulled(line: Line, text: str) -> bool:
    """Whether a paragraph or quote is a sentence of the text, shown again in large type."""
    if line.kind not in ("p", "quote") or len(line.text) > SHORT:
        return False
    return text.count(f" {line.folded} ") > text.count(f"  {line.folded}  ")


def foreign(lines: Lines, facts: Facts) -> Iterable[int]:
    """Lines that JSON-LD's articleBody does not have, where it has most of the text."""
    if len(facts.article_body) <= 400:
        return
    body, padded = set(grams(facts.article_body)), f" {facts.article_body} "
    found = []
    for line in lines:
        runs = grams(line.folded)
        short = line.words < 4
        found.append(
            (int(f" {line.folded} " in padded), 1) if short else (sum(run in body for run in runs), len(runs))
        )
    total = sum(runs for _, runs in found)
    if total and sum(known for known, _ in found) / total >= LD_SHARE:
        for index, (had, of) in enumerate(found):
            if had / of < LD_KEEP and not (lines[index].is_heading and index + 1 < len(lines)):
                yield index


def is_closed(text: str) -> bool:
    """Whether a line ends as a sentence does."""
    return _closed.search(text) is not None
