"""Texts made comparable: what is left of a line when case, marks and spacing are taken away."""

import re

_CHARACTER_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_token = re.compile(rf"[{_CHARACTER_SCRIPTS}]|[^\W{_CHARACTER_SCRIPTS}]+")
_sentence_end = re.compile(r"[.!?…][\"”’»)]*\s+(?=\S)|[。！？।؟۔]")

_ascii_marks = {code: " " for code in range(128) if not re.match(r"\w", chr(code))}

Gram = tuple[str, ...]


def fold(text: str) -> str:
    """Lower-cased words joined by single spaces; in scripts without spaces every character is a word."""
    if text.isascii():  # the same, several times as fast
        return " ".join(text.lower().translate(_ascii_marks).split())
    return " ".join(_token.findall(text.casefold()))


def grams(folded: str, length: int = 4) -> list[Gram]:
    """The runs of `length` words of a folded text; a shorter text is one run."""
    words = folded.split()
    return [tuple(words[start : start + length]) for start in range(max(1, len(words) - length + 1))]


def sentences(text: str) -> int:
    """How many sentences a line holds, counted by their closing marks (also 。！？ ।); at least 1."""
    return max(1, len(_sentence_end.findall(text.rstrip() + " .")))


def collapse(text: str) -> str:
    """The text with every run of white space as one space."""
    return " ".join(text.split())
