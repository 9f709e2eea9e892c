"""From an extractor's lines to the article's text: what is not the article is taken out, step by step.

Each step is a function that names the lines to drop; `STEPS` is their order. What was dropped is kept with
the step's name, so that captions become fields and a wrong rule can be found. What each rule gains is in
docs/decisions/0003-reading.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crawler.extractors import line_steps as steps
from crawler.extractors.folding import collapse
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.line_steps import Lines
from crawler.extractors.tail import end_lines, tail_lines

STEPS: dict[str, Callable[[Lines, Facts], Iterable[int]]] = {
    "headline": steps.headlines,
    "byline": steps.bylines,
    "menu": steps.menus,
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

    lines: list[str]
    """The text, one paragraph a line."""
    dropped: list[tuple[str, str]] = field(default_factory=list)
    """(step, line) of every line that was taken out, in the order of the steps."""

    @property
    def text(self) -> str:
        """Paragraphs separated by one blank line."""
        return "\n\n".join(self.lines)

    def dropped_by(self, *names: str) -> list[str]:
        """The lines that these steps took out."""
        return [line for step, line in self.dropped if step in names]


def clean(text: str, facts: Facts, names: Iterable[str] = PAGE) -> Cleaned:
    """The article's lines of a text with one paragraph a line, by all steps or the named ones."""
    lines = [Line(steps.without_stamp(line)) for raw in text.split("\n") if (line := collapse(raw))]
    dropped: list[tuple[str, str]] = []
    for name in names:
        drop = set(STEPS[name](lines, facts))
        if drop and len(drop) < len(lines):
            dropped += [(name, lines[index].text) for index in sorted(drop)]
            lines = [line for index, line in enumerate(lines) if index not in drop]
    return Cleaned([line.text for line in lines], dropped)
