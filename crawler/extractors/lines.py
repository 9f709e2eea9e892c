"""From an extractor's lines to the article's text: what is not the article is taken out, step by step.

Each step is a function that names the lines to drop; `STEPS` is their order. What was dropped is kept with
the step's name, so that captions become fields and a wrong rule can be found. What each rule gains is in
docs/decisions/0003-reading.md.
"""

import logging
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crawler.extractors import line_steps as steps
from crawler.extractors.folding import collapse
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.line_steps import Lines
from crawler.extractors.tail import end_lines, tail_lines

_footnote = re.compile(r"\[(\d{1,3})\]\s*https?://\S+$")
_log = logging.getLogger(__name__)

STEPS: dict[str, Callable[[Lines, Facts], Iterable[int]]] = {
    "headline": steps.headlines,
    "byline": steps.bylines,
    "menu": steps.menus,
    "top": steps.tops,
    "plea": steps.pleas,
    "teaser": steps.teasers,
    "caption": steps.captions,
    "credit": steps.credited,
    "stamp": steps.stamps,
    "repeat": steps.repeats,
    "foreign": steps.foreign,
    "tail": tail_lines,
    "end": end_lines,
}
"""The steps in their order; a step that would leave nothing is skipped."""

PAGE = tuple(name for name in STEPS if name != "end")
"""The steps for a page; "end" is the tail of a text without markup (crawler/seed.py)."""


@dataclass(slots=True)
class Cleaned:
    """The article's lines, and the others."""

    kept: list[Line]
    """The text in its order."""
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """(step, line) of every line that was taken out, in the order of the steps."""

    @property
    def lines(self) -> list[str]:
        """The texts of the lines, without the marks of lists."""
        return [line.text for line in self.kept]

    @property
    def text(self) -> str:
        """Blocks separated by one blank line; items of a list and rows of a table by a line end."""
        parts: list[str] = []
        for index, line in enumerate(self.kept):
            if index:
                before = self.kept[index - 1]
                parts.append("\n" if line.block and line.block == before.block else "\n\n")
            parts.append(line.shown)
        return "".join(parts)

    def dropped_by(self, *names: str) -> list[str]:
        """The lines that these steps took out."""
        return [line for step, line in self.dropped if step in names]


def without_footnotes(lines: list[Line]) -> list[Line]:
    """The lines of a print view without the addresses at its end ("[1] https://...") and their numbers."""
    numbers = {match[1] for line in lines if (match := _footnote.match(line.text))}
    if not numbers:
        return lines
    mark = re.compile(rf"\[(?:{'|'.join(numbers)})\]")
    return [line.with_text(mark.sub("", line.text)) for line in lines if not _footnote.match(line.text)]


def clean(text: str | Iterable[Line], facts: Facts, names: Iterable[str] = PAGE) -> Cleaned:
    """The article's lines of a text with one paragraph a line, by all steps or the named ones.

    A step that fails is left out and logged: no rule is worth an article.
    """
    found = map(Line, text.split("\n")) if isinstance(text, str) else text
    lines = without_footnotes(
        [line.with_text(steps.without_marks(line.text)) for line in found if collapse(line.text)]
    )
    dropped: list[tuple[str, str]] = []
    for name in names:
        try:
            drop = set(STEPS[name](lines, facts))
        except Exception:
            _log.warning("the step %r of the line filter failed", name, exc_info=True)
            continue
        if drop and len(drop) < len(lines):
            dropped += [(name, lines[index].text) for index in sorted(drop)]
            lines = [line for index, line in enumerate(lines) if index not in drop]
    return Cleaned(lines, dropped)
