"""Lucene's query syntax -> the neutral nodes of archive/query.py."""

import re
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import luqum.parser
from luqum import tree
from luqum.exceptions import ParseError

from archive.analysis import has_words
from archive.errors import BadQuery
from archive.periods import end_of, start_of
from archive.query import (
    AS_OF,
    DATE_FIELD,
    DEFAULT_FIELD,
    EXACT_FIELDS,
    NAME_FIELDS,
    TEXT_FIELDS,
    AllOf,
    AnyOf,
    Dated,
    Everything,
    Exact,
    Filled,
    Node,
    NoneOf,
    Words,
)
from archive.url import site_of

LENGTH_MAX = 4000
"""Characters of the longest query; what is longer is a mistake, and would cost minutes."""

DEPTH_MAX = 50
"""Levels of parentheses, NOT and field groups; more would exhaust Python's stack."""

SLOP_MAX = 100
"""Places by which the words of a phrase may be apart; from there on AND says the same."""

FIELD_NAMES = (*TEXT_FIELDS, *NAME_FIELDS, *EXACT_FIELDS, DATE_FIELD)

_ALIASES = {
    **{name: name for name in FIELD_NAMES},
    **dict.fromkeys(("title",), "headline"),
    **dict.fromkeys(("text", "body"), "article_body"),
    **dict.fromkeys(("author",), "authors"),
    **dict.fromkeys(("section",), "article_section"),
    **dict.fromkeys(("keyword",), "keywords"),
    **dict.fromkeys(("language", "lang"), "in_language"),
    **dict.fromkeys(("date", "published"), DATE_FIELD),
}

_UNSUPPORTED = {
    "Fuzzy": ("words of similar spelling (~) are not offered", "write the word's beginning with * after it"),
    "Boost": ("weights (^) are not offered", "leave them out"),
    "Regex": ("patterns between slashes are not offered", "put words with slashes in quotation marks"),
}

_NOT_UNDERSTOOD = ("it does not follow the query syntax", "put words with special signs in quotation marks")

_YES_NO = {"yes": "yes", "true": "yes", "no": "no", "false": "no"}

_parsing = threading.Lock()
"""luqum's parser keeps its state in its module."""

_LONE_SIGN = re.compile(r"(?<!\S)[-+]+(?!\S)")
"""A dash between words ("Kim - Putin"), which Lucene would read as NOT."""

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def read(text: str) -> tuple[Node, datetime | None]:
    """The tree of conditions that a query text stands for, and `Query.as_of`; raises BadQuery."""
    return _Reader(text).read()


def site_name(text: str) -> str:
    """A host as articles name it: lower case, ASCII form, without "www."; also from a URL."""
    text = text.strip().lower()
    return site_of(text if "//" in text else f"http://{text}") or text


class _Reader:
    """Reads one query text; the errors it raises name that text."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.as_of: datetime | None = None

    def read(self) -> tuple[Node, datetime | None]:
        if not self.text:
            raise BadQuery("cannot search for nothing; give words, or * for every article")
        if len(self.text) > LENGTH_MAX:
            raise BadQuery(f"cannot search for {len(self.text)} characters at once; use {LENGTH_MAX} at most")
        item = self.without_as_of(self.parsed())
        node = self.node(item, DEFAULT_FIELD, DEPTH_MAX) if item else Everything()
        if node is None:
            raise self.bad("there is no word in it", "give letters or digits, or * for every article")
        return node, self.as_of

    def without_as_of(self, item: tree.Item) -> tree.Item | None:
        """The query without the parts that say as of when, which `self.as_of` holds then."""
        match item:
            case tree.SearchField(expr=tree.Word() | tree.Phrase() as when) if item.name.lower() == AS_OF:
                if self.as_of is not None:
                    raise self.bad(f"{AS_OF} stands in it twice", "give one time")
                self.as_of = end_of(self.phrase(when) if isinstance(when, tree.Phrase) else when.value)
                return None
            case tree.UnknownOperation() | tree.AndOperation():
                parts = [part for one in item.children if (part := self.without_as_of(one))]
                return type(item)(*parts) if parts else None
        return item

    def bad(self, what: str, advice: str) -> BadQuery:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return BadQuery(f"cannot search for {shown!r}: {what}; {advice}")

    def parsed(self) -> tree.Item:
        try:
            with _parsing:
                return luqum.parser.parser.parse(
                    _LONE_SIGN.sub(" ", self.text), lexer=luqum.parser.lexer.clone()
                )
        except (ParseError, ValueError, RecursionError, IndexError):
            raise self.bad(*self.diagnosis()) from None

    def diagnosis(self) -> tuple[str, str]:
        """What is most likely wrong with a text that cannot be parsed, and what to do."""
        bare = re.sub(r"\\.", "", self.text, flags=re.DOTALL)
        if bare.endswith("\\"):
            return "a backslash stands at its end", "write two to search for one, or leave it out"
        if bare.count('"') % 2:
            return "unterminated quotation mark", 'close it with another ", or put \\ before it'
        bare = re.sub(r'"[^"]*"', "", bare)
        if bare.count("(") != bare.count(")"):
            return (
                "a parenthesis is not closed or not opened",
                "pair them, or put the words in quotation marks",
            )
        if re.search(r"(?:^|\()\s*(?:AND|OR)\b|\b(?:AND|OR|NOT)\s*(?:$|\))", bare):
            return "AND, OR or NOT lacks a word beside it", "give one, or write it in small letters"
        return _NOT_UNDERSTOOD

    def node(self, item: tree.Item, field: str, depth: int) -> Node | None:
        """The neutral node of a luqum one; None where it holds nothing to search for (such as "&")."""
        if depth == 0:
            raise self.bad(f"it is nested more than {DEPTH_MAX} levels deep", "simplify it")
        depth -= 1
        match item:
            case tree.UnknownOperation() | tree.AndOperation():
                return self.all_of(item.children, field, depth)
            case tree.OrOperation():
                return self.any_of(item.children, field, depth)
            case tree.Group() | tree.FieldGroup() | tree.Plus():
                return self.node(item.children[0], field, depth)
            case tree.Not() | tree.Prohibit():
                part = self.node(item.children[0], field, depth)
                return NoneOf(part) if part else None
            case tree.SearchField():
                return self.node(item.expr, self.field(item, field), depth)
        return self.leaf(item, field)

    def leaf(self, item: tree.Item, field: str) -> Node | None:
        match item:
            case tree.Range() | tree.From() | tree.To():
                return self.range(item, field)
            case tree.Proximity():
                return self.value(
                    self.phrase(item.term), field, slop=min(int(item.degree), SLOP_MAX), quoted=True
                )
            case tree.Phrase():
                return self.value(self.phrase(item), field, quoted=True)
            case tree.Word():
                return self.value(item.value, field)
        raise self.bad(*_UNSUPPORTED.get(type(item).__name__, _NOT_UNDERSTOOD))

    def phrase(self, item: tree.Item) -> str:
        return str(item.value)[1:-1]

    def field(self, item: tree.SearchField, outer: str) -> str:
        if item.name == "*" and isinstance(item.expr, tree.Word) and item.expr.value == "*":
            return DEFAULT_FIELD
        if item.name.lower() == AS_OF:
            raise self.bad(
                f"{AS_OF} is for the whole search", f"write {AS_OF}:2022-09-08 once, beside all other words"
            )
        name = _ALIASES.get(str.lower(item.name))
        if name is None:
            raise self.bad(
                f"there is no field {item.name!r}",
                f"fields are {', '.join((*FIELD_NAMES, AS_OF))}; or quote it",
            )
        if outer:
            raise self.bad(f"the field {item.name!r} stands inside another", "give one field a value")
        return name

    def all_of(self, items: Sequence[tree.Item], field: str, depth: int) -> Node | None:
        parts = tuple(part for item in items if (part := self.node(item, field, depth)))
        return parts[0] if len(parts) == 1 else AllOf(parts) if parts else None

    def any_of(self, items: Sequence[tree.Item], field: str, depth: int) -> Node | None:
        needed = [item for item in items if isinstance(item, tree.Plus)]
        if needed:
            return self.all_of(needed, field, depth)
        parts = tuple(part for item in items if (part := self.node(item, field, depth)))
        return parts[0] if len(parts) == 1 else AnyOf(parts) if parts else None

    def range(self, item: tree.Item, field: str) -> Node:
        if field != DATE_FIELD:
            raise self.bad(
                "only dates have ranges", "write date:[2022-09-01 TO 2022-09-30] or date:>=2022-09-01"
            )
        match item:
            case tree.From():
                return Dated(self.bound(item.a, start_of if item.include else end_of), None)
            case tree.To():
                return Dated(None, self.bound(item.a, end_of if item.include else start_of))
        start = self.bound(item.low, start_of if item.include_low else end_of)
        end = self.bound(item.high, end_of if item.include_high else start_of)
        if start and end and start >= end:
            raise self.bad("its date range holds no moment", "swap the two dates")
        return Dated(start, end)

    def bound(self, item: tree.Item, reading: Callable[[str], datetime]) -> datetime | None:
        text = self.phrase(item) if isinstance(item, tree.Phrase) else str(item)
        return None if text.strip() == "*" else reading(text.strip())

    def value(self, text: str, field: str, *, slop: int = 0, quoted: bool = False) -> Node | None:
        if text == "*" and not quoted:
            return Filled(field) if field else Everything()
        if not quoted and (text in {"&&", "||"} or re.match(r"!\w", text)):
            raise self.bad(f"{text!r} is not an operator here", "write AND, OR, NOT, or quote it")
        prefix = not quoted and text.endswith("*") and not text.endswith("\\*")
        if not quoted and re.search(r"(?<!\\)[*?].", text):
            raise self.bad(
                "* and ? can stand only at the end of a word", "write the word's beginning with * after it"
            )
        text = _ESCAPE.sub(r"\1", text.removesuffix("*") if prefix else text)
        if field == DATE_FIELD:
            return Dated(start_of(text), end_of(text))
        if field in EXACT_FIELDS:
            return self.exact(field, text, prefix=prefix)
        return Words(field, text, slop, prefix) if has_words(text) else None

    def exact(self, field: str, text: str, *, prefix: bool) -> Exact:
        if prefix:
            raise self.bad(f"{field} is matched as a whole", "leave out the *")
        if field == "copy_of" and str.lower(text) not in _YES_NO:
            raise self.bad("copy_of is yes or no", "write copy_of:yes or copy_of:no")
        if field == "url":
            return Exact(field, text)
        value = site_name(text) if field == "site" else str.lower(text)
        return Exact(field, _YES_NO[value] if field == "copy_of" else value)
