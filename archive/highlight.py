"""Passages of a hit that show why it was found.

The text is analysed as it was for the index, and the query's words as they are for a search: what was found
is what is marked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from archive.analysis import (
    FOLDED,
    QueryTerm,
    Token,
    index_term,
    index_texts,
    is_unspaced,
    iter_tokens,
    query_terms,
    rule_of,
)
from archive.article import Article
from archive.base import HIGHLIGHT_END, HIGHLIGHT_START
from archive.query import DEFAULT_FIELD, AllOf, AnyOf, Node, Query, Words

PASSAGES = 3
"""Passages a hit."""

LENGTH = 160
"""Characters of a passage, about two lines of a terminal; whole words, so a few more."""

LEAD = 60
"""Characters shown before the first found word where its sentence begins further back."""

FOUND_MAX = 60
"""Found words after which the rest of a long text is not looked at."""

_PARAGRAPH = regex.compile(r"[^\n]+")
_SENTENCE_END = regex.compile(r"[.!?…]['\"”“»)]*\s+|[。！？]['\"”』」）]*")
_MARKS = str.maketrans(dict.fromkeys(HIGHLIGHT_START + HIGHLIGHT_END, " "))


@dataclass(frozen=True, slots=True)
class _Needle:
    """Terms that must follow one another."""

    word: int
    """Which of the query's words or phrases it is."""
    terms: Sequence[QueryTerm]


@dataclass(frozen=True, slots=True)
class _Found:
    """A found word or phrase: character offsets in the text."""

    start: int
    end: int
    word: int


def passages(article: Article, query: Query) -> tuple[str, ...]:
    """Up to `PASSAGES` passages of the text, or of the description where the text holds no searched word."""
    words = list(dict.fromkeys(_words(query.root)))
    for field in ("article_body", "description"):
        searched = [word for word in words if word.field in (DEFAULT_FIELD, field)]
        text = getattr(article, field).translate(_MARKS)
        found = _find(text, rule_of(article.in_language), searched)
        if found:
            return tuple(
                _marked(text, start, end, found) for start, end in _best(_windows(text, found), found)
            )
    return ()


def _words(node: Node) -> Iterator[Words]:
    """What the query wants to be there."""
    match node:
        case Words():
            yield node
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _words(part)


def _find(text: str, rule: str, words: Sequence[Words]) -> list[_Found]:
    """The places of the searched words, in order; places that overlap are one."""
    stems = [needle for n, word in enumerate(words) if not word.prefix for needle in _needles(n, word, rule)]
    folded = [needle for n, word in enumerate(words) for needle in _needles(n, word, FOLDED)]
    found: list[_Found] = []
    for paragraph in _PARAGRAPH.finditer(text):
        by_rule, by_words = index_texts(paragraph[0], rule, FOLDED)
        places = _occurrences(paragraph[0], rule, stems) if _may_hold(by_rule, rule, stems) else []
        if _may_hold(by_words, FOLDED, folded):
            places += _occurrences(paragraph[0], FOLDED, folded)
        at = paragraph.start()
        found += _joined([_Found(at + place.start, at + place.end, place.word) for place in places])
        if len(found) >= FOUND_MAX:
            break
    return found


def _needles(number: int, word: Words, rule: str) -> list[_Needle]:
    terms = query_terms(word.text, rule, prefix=word.prefix)
    if word.slop:
        return [_Needle(number, [term._replace(position=0)]) for term in terms]
    return [_Needle(number, terms)] if terms else []


def _may_hold(indexed: str, rule: str, needles: Sequence[_Needle]) -> bool:
    """Whether a text's terms hold the first term of any needle: quick, and mostly no."""
    terms = f" {indexed} "
    firsts = (needle.terms[0] for needle in needles)
    return any(f" {index_term(first.term, rule)}{'' if first.prefix else ' '}" in terms for first in firsts)


def _occurrences(text: str, rule: str, needles: Sequence[_Needle]) -> list[_Found]:
    tokens = list(iter_tokens(text, rule))
    firsts = {needle.terms[0].term for needle in needles if not needle.terms[0].prefix}
    prefixes = tuple(needle.terms[0].term for needle in needles if needle.terms[0].prefix)
    found = []
    for place, token in enumerate(tokens):
        if token.term not in firsts and not (prefixes and token.term.startswith(prefixes)):
            continue
        for needle in needles:
            end = _end_of_match(tokens, place, needle.terms)
            if end:
                found.append(_Found(token.start, end, needle.word))
    return found


def _end_of_match(tokens: list[Token], place: int, terms: Sequence[QueryTerm]) -> int:
    """Where the terms end if they stand at this place of the tokens; 0 if they do not."""
    end = 0
    for term in terms:
        at = place + term.position
        if at >= len(tokens):
            return 0
        found = tokens[at].term
        if found != term.term and not (term.prefix and found.startswith(term.term)):
            return 0
        one_character = term.prefix and is_unspaced(term.term)
        end = tokens[at].start + len(term.term) if one_character else tokens[at].end
    return end


def _joined(found: list[_Found]) -> list[_Found]:
    joined: list[_Found] = []
    for place in sorted(found, key=lambda place: (place.start, -place.end)):
        if joined and place.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = _Found(last.start, max(last.end, place.end), last.word)
        else:
            joined.append(place)
    return joined


def _windows(text: str, found: list[_Found]) -> list[tuple[int, int]]:
    """One stretch of text for each found word that no stretch before it shows."""
    windows: list[tuple[int, int]] = []
    for place in found:
        if windows and place.end <= windows[-1][1]:
            continue
        floor = max(text.rfind("\n", 0, place.start) + 1, windows[-1][1] if windows else 0)
        start = _start(text, floor, place.start)
        ceiling = text.find("\n", place.end)
        end = _end(text, max(start + LENGTH, place.end), len(text) if ceiling < 0 else ceiling)
        windows.append((start, end))
    return windows


def _start(text: str, floor: int, found: int) -> int:
    """The beginning of the sentence, or of a word `LEAD` characters before the found one."""
    lead = max(floor, found - LENGTH // 2)
    ends: list[int] = [match.end() for match in _SENTENCE_END.finditer(text, lead, found)]
    if ends:
        return ends[-1]
    if lead == floor:
        return floor
    blank = text.find(" ", found - LEAD, found)
    return blank + 1 if blank >= 0 else found - LEAD


def _end(text: str, wanted: int, ceiling: int) -> int:
    if wanted >= ceiling:
        return ceiling
    blank = text.find(" ", wanted, min(wanted + 30, ceiling))
    return blank if blank >= 0 else wanted


def _best(windows: list[tuple[int, int]], found: list[_Found]) -> list[tuple[int, int]]:
    """The stretches that show most different words, then most words, then come first; in the text's order."""

    def worth(window: tuple[int, int]) -> tuple[int, int, int]:
        shown = [place.word for place in found if window[0] <= place.start and place.end <= window[1]]
        return len(set(shown)), len(shown), -window[0]

    return sorted(sorted(windows, key=worth, reverse=True)[:PASSAGES])


def _marked(text: str, start: int, end: int, found: list[_Found]) -> str:
    pieces = []
    at = start
    for place in found:
        if start <= place.start and place.end <= end:
            pieces += [text[at : place.start], HIGHLIGHT_START, text[place.start : place.end], HIGHLIGHT_END]
            at = place.end
    pieces.append(text[at:end])
    before = (
        "" if start == 0 or text[start - 1] == "\n" or _SENTENCE_END.search(text, start - 3, start) else "… "
    )
    after = "" if end == len(text) or text[end] == "\n" else " …"
    return before + "".join(pieces).strip() + after
