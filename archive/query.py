"""The user's words -> one neutral `Query`, which each back end compiles.

The syntax is Lucene's (archive/syntax.py reads it): words, "phrases", "phrases"~2, AND OR NOT, + and -,
parentheses, field:value, date:[2022-09-01 TO 2022-09-30], date:>=2022, beginning* and * for everything.
Words side by side must all be there. as_of:2022-09-08 lets the whole search see what stood then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from archive.errors import BadQuery

TEXT_FIELDS = ("headline", "description", "article_body")
"""Fields that are analysed in the article's language."""

DEFAULT_FIELD = ""
"""Field of a word without one: any of `TEXT_FIELDS`."""

NAME_FIELDS = ("publisher", "authors", "article_section", "keywords")
"""Fields that hold names and labels: searched by their folded words, whatever the language."""

EXACT_FIELDS = ("in_language", "site", "access", "copy_of", "seed", "id", "url")
"""Fields whose value is matched as a whole."""

DATE_FIELD = "date_published"
"""The one field with ranges."""

AS_OF = "as_of"
"""No field: stands before the time that the whole search is about."""


BOOSTS = {"headline": 1.5}
"""Weights of a word by its field, the others' being 1.

BM25 alone prefers the headline, for it is short. On a development set of related coverage (2,550 articles
with a headline, 129 queries of the 2, 3 and 5 rarest words of one, nDCG@10) 1 gave .654, .772, .855; 1.5 gave
.651, .765, .846; 3 gave .643, .749, .827. So 1.5: enough for what a reader expects of one word, at little
cost. The sum of a word's stemmed and folded form was better there than the greater of the two.
"""

STEM_WEIGHT = 0.2
"""Weight of a word's stemmed form beside its folded form's 1.

Elasticsearch keeps stems in a field for each language, with counts of its own; tantivy keeps all in one.
Folded words lie in one field in both, so the more these weigh, the more alike is the order: on 3,000 articles
in 33 languages both had the same first hit and 8 of 10 for .85 of 448 queries at 1, .94 at .3, .96 at .2 and
at .1. For a reader it hardly matters: on a development set of related coverage (1,800 articles, 2,800 queries
of the 1, 2, 3 and 5 rarest words of one, nDCG@10) 1 gave .564, .3 .563, .2 .562, .1 .559.
"""


@dataclass(frozen=True, slots=True)
class Everything:
    """Matches every article."""


@dataclass(frozen=True, slots=True)
class Words:
    """These words in this order, at most `slop` places out of it; one word is the usual case."""

    field: str
    """One of `TEXT_FIELDS`, `NAME_FIELDS`, or `DEFAULT_FIELD`."""
    text: str
    slop: int = 0
    prefix: bool = False
    """Whether the last word may go on ("rak*")."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The field holds this value: see `EXACT_FIELDS`.

    in_language: a BCP 47 code and all that begin with it ("zh" finds "zh-Hant"). site: a host and those under
    it. copy_of: "yes" or "no". seed: id of a seed the article is related to. All but url in lower case.
    """

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Filled:
    """The field of `EXACT_FIELDS`, `NAME_FIELDS`, `TEXT_FIELDS` or `DATE_FIELD` is not empty ("author:*")."""

    field: str


@dataclass(frozen=True, slots=True)
class Dated:
    """Published at or after `start` and before `end` (UTC); None leaves that side open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part matches."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The part does not match."""

    part: "Node"


Node = Everything | Words | Exact | Filled | Dated | AllOf | AnyOf | NoneOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to find: a tree of conditions, and filters that every article must pass as well."""

    root: Node
    languages: tuple[str, ...] = ()
    """BCP 47 codes, any of which will do; words are then analysed in these languages only."""
    dates: Dated | None = None
    sites: tuple[str, ...] = ()
    """Host names, any of which (or a host under it) will do."""
    as_of: datetime | None = None
    """Search what stood just before this moment, in the words it had then; None: what is current."""


def parse_query(
    text: str,
    *,
    languages: Sequence[str] = (),
    date_from: str | datetime | None = None,
    date_to: str | datetime | None = None,
    sites: Sequence[str] = (),
) -> Query:
    """The query for these words; raises BadQuery with one line for what cannot be understood.

    Dates may be a day, month, year or instant ("2022-09-08", "2022-09", "2022", "2022-09-08T04:29:07Z"), in
    UTC where they name no zone; both are inclusive: to "2022-09" means to the last moment of September.
    """
    from archive.periods import end_of, start_of
    from archive.syntax import read, site_name

    root, as_of = read(text)
    dates = None
    if date_from or date_to:
        dates = Dated(start_of(date_from) if date_from else None, end_of(date_to) if date_to else None)
        if dates.start and dates.end and dates.start >= dates.end:
            raise BadQuery(f"no day is from {date_from} to {date_to}; swap the two dates")
    return Query(
        root=root,
        languages=tuple(dict.fromkeys(code.replace("_", "-").lower() for code in languages)),
        dates=dates,
        sites=tuple(dict.fromkeys(site_name(site) for site in sites)),
        as_of=as_of,
    )
