"""What a put does with an article that is kept: a new revision, the same text again, or an older fetch.

Pure decisions, the same for every archive. A text is revised when the outlet changed headline, standfirst,
text or authors, or took the article away or put it back. Everything else (dates, address, access, relations)
is brought up to date in place.
"""

from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from archive.article import Article, Relation
from archive.changes import changes_between, same_text

NOT_OF_THE_PAGE = (
    *("id", "announced_url", "source", "date_announced", "date_fetched", "raw", "copy_of", "relations"),
    *("revision", "changes", "date_revised", "date_unpublished"),
)
"""Fields that are found by the crawl, the stages or the archive, not in the page."""
READ_FIELDS = tuple(item.name for item in fields(Article) if item.name not in NOT_OF_THE_PAGE)
"""Fields that are read in the page."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be kept after a put."""

    outcome: Literal["stored", "unchanged", "older"]
    article: Article
    """The current document from now on; the kept one itself where nothing is to be written."""
    former: Article | None = None
    """The revision that it replaces, to be kept beside it until `article.date_revised`."""


def decide(kept: Article | None, new: Article) -> Decision:
    """What becomes of a new article, given the one that is kept."""
    if kept is None:
        return Decision("stored", replace(new, revision=0, changes=[], date_revised=first_seen(new)))
    if kept.raw is not None and kept.raw == new.raw and _read_otherwise(kept, new):
        return Decision("stored", _in_place(kept, new))
    if same_text(kept, new):
        return Decision("unchanged", merged(kept, new))
    if _same_page(kept, new):
        return Decision("stored", _in_place(kept, new))
    if last_seen(new) < last_seen(kept):
        return Decision("older", kept)
    revised = replace(
        new,
        relations=_relations(kept, new),
        revision=kept.revision + 1,
        changes=changes_between(kept, new),
        date_revised=_revised(kept, new),
    )
    return Decision("stored", revised, former=kept)


def merged(kept: Article, new: Article) -> Article:
    """The kept article after a fetch that brought the same text: relations by seed, the new one wins.

    A later fetch also brings its dates and address, where they differ.
    """
    refreshed = kept.digest != new.digest and last_seen(new) >= last_seen(kept)
    base = _in_place(kept, new) if refreshed else kept
    return replace(
        base,
        relations=_relations(kept, new),
        copy_of=new.copy_of or kept.copy_of,
        date_fetched=max(kept.date_fetched, new.date_fetched),
        date_revised=first_seen(kept),
    )


def first_seen(article: Article) -> datetime:
    """When this text of the article was first seen."""
    return article.date_revised or article.date_fetched


def last_seen(article: Article) -> datetime:
    """When the archive was last told of the article: fetched, or found to be gone."""
    return max(article.date_fetched, article.date_unpublished or article.date_fetched)


def _same_page(kept: Article, new: Article) -> bool:
    """Whether both were read from the same bytes: another reading, not another text of the outlet."""
    if kept.raw is None or new.raw is None or bool(kept.date_unpublished) != bool(new.date_unpublished):
        return False
    return kept.raw == new.raw or (kept.raw.sha256 == new.raw.sha256 and last_seen(new) >= last_seen(kept))


def _read_otherwise(kept: Article, new: Article) -> bool:
    """Whether another extractor read the same raw record otherwise."""
    published = bool(kept.date_unpublished) == bool(new.date_unpublished)
    return published and any(getattr(kept, name) != getattr(new, name) for name in READ_FIELDS)


def _in_place(kept: Article, new: Article) -> Article:
    """The new reading of the same revision."""
    return replace(
        new,
        relations=_relations(kept, new),
        copy_of=new.copy_of or kept.copy_of,
        date_fetched=max(kept.date_fetched, new.date_fetched),
        revision=kept.revision,
        changes=kept.changes,
        date_revised=first_seen(kept),
        date_unpublished=kept.date_unpublished,
    )


def _revised(kept: Article, new: Article) -> datetime:
    """When the new text was first seen; a copy from another archive knows it, a fresh fetch does not."""
    before = first_seen(kept)
    if new.date_revised and new.date_revised > before:
        return new.date_revised
    return max(before, new.date_unpublished or new.date_fetched)


def _relations(kept: Article, new: Article) -> list[Relation]:
    return list({relation.seed: relation for relation in (*kept.relations, *new.relations)}.values())
