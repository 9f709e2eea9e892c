"""What the line filter works on: lines, and what is known of their page."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from crawler.extractors.document import Document
from crawler.extractors.folding import fold


class Line:
    """One line of text in the forms that the steps compare."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lower = text.lower()

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
