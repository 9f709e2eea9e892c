"""What the line filter works on: lines, and what is known of their page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold

Kind = Literal["p", "h2", "h3", "h4", "item", "ordered", "quote", "row"]
"""What a line is: paragraph, subheading, item of a list, quote, row of a table."""


class Line:
    """One line of text in the forms that the steps compare."""

    def __init__(self, text: str, kind: Kind = "p", block: int = 0, cells: tuple[str, ...] = ()) -> None:
        self.text = text
        self.lower = text.lower()
        self.kind = kind
        self.block = block
        """Number of the list or table that the line belongs to; 0 for none."""
        self.cells = cells
        """A row's cells."""
        self.source: HtmlElement | None = None
        """The page's element of this text, if it has others inside: emphasis and links may be among them."""

    @classmethod
    def row(cls, cells: Iterable[str], block: int) -> "Line":
        """A row of a table."""
        kept = tuple(cells)
        return cls(collapse(" | ".join(kept)).strip(" |"), "row", block, kept)

    def with_text(self, text: str) -> "Line":
        """The same line with another text; a row stays as it is."""
        unchanged = self.kind == "row" or text == self.text
        return self if unchanged else Line(text, self.kind, self.block)

    @property
    def shown(self) -> str:
        """The line as the plain text has it: items start with "- "."""
        return f"- {self.text}" if self.kind in ("item", "ordered") else self.text

    @property
    def is_heading(self) -> bool:
        """Whether it is a subheading."""
        return self.kind in ("h2", "h3", "h4")

    @cached_property
    def folded(self) -> str:
        """Its words alone."""
        return fold(self.text)

    @cached_property
    def words(self) -> int:
        """How many words it has; characters in scripts without spaces."""
        return len(self.folded.split())

    def __repr__(self) -> str:
        return f"Line({self.text!r})"


@dataclass(slots=True)
class Facts:
    """What is known of the page; empty for a text without one."""

    titles: set[str] = field(default_factory=set)
    """Everything that may be the headline, folded."""
    descriptions: list[str] = field(default_factory=list)
    """What may be the standfirst, folded, longest first."""
    anchors: set[str] = field(default_factory=set)
    """Whole texts of the links, folded."""
    captions: set[str] = field(default_factory=set)
    """Texts of captions and credits, folded."""
    authors: set[str] = field(default_factory=set)
    """The authors' names, each and all together, folded."""
    article_body: str = ""
    """JSON-LD articleBody, folded."""

    @classmethod
    def of(cls, document: Document, headline: str = "", authors: Iterable[str] = ()) -> "Facts":
        """The facts of a page."""
        names = list(authors)
        return cls(
            titles=document.titles | ({fold(headline)} - {""}),
            descriptions=document.descriptions,
            anchors=document.anchors,
            captions=document.captions,
            authors={fold(name) for name in names} | ({fold(" ".join(names))} - {""}),
            article_body=fold(document.article_body),
        )
