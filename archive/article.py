"""The article record: what the crawler reads, the stages judge and the archive keeps.

Field names are schema.org NewsArticle's in snake_case. Every time is an aware datetime in UTC.
An empty value means "the page does not say" unless a field says otherwise.
"""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

Access = Literal["full", "teaser", "paywall"]
"""How much of the text the page gave: all, a few lines of it, or the part before a paywall."""

ChangeKind = Literal[
    "headline",
    "number",
    "quote_added",
    "quote_removed",
    "byline",
    "correction",
    "text",
    "unpublished",
    "republished",
]
"""How a text differs from the one before it; docs/article.md says when each is told (`archive.changes`)."""

DateSource = Literal["", "export", "json-ld", "meta", "time", "text", "url", "feed", "sitemap", "htmldate"]
"""Where a date was read: an export's time stamp, the page's markup or text, its URL, or the announcement."""


@dataclass(slots=True, kw_only=True)
class Image:
    """One image of the article."""

    url: str = ""
    """Absolute address; empty where only the caption is known."""
    caption: str = ""
    """The caption without its credit."""
    credit: str = ""
    """Photographer and agency, such as "Jonas Verhoeven/AP", without the copyright sign."""


@dataclass(slots=True, kw_only=True)
class RawPage:
    """Where the page, as it was received, lies in the raw store."""

    file: str
    """Name of the WARC file, relative to the raw store's folder."""
    offset: int
    """Byte offset of the response record in that file."""
    sha256: str
    """SHA-256 (hex) of the body as it was received, before decompression."""


@dataclass(slots=True, kw_only=True)
class Relation:
    """How an article relates to one seed."""

    seed: str
    """Article id of the seed."""
    score: float
    """Similarity to the seed, 0 or more; comparable only within a `kind`."""
    rank: float
    """`score` divided by the threshold of its kind: related from 1.0, comparable across kinds."""
    kind: Literal["same-language", "other-language"]
    """Whether seed and article are in the same language; each kind has its own threshold."""
    related: bool
    """Whether the score reached the threshold (`rank` >= 1)."""
    days_apart: float | None = None
    """Days between the two publication times; None where one is unknown."""
    evidence: dict[str, list[str]] = field(default_factory=dict)
    """What they share, strongest first: `names`, `places`, `numbers`, `words`, in the article's spelling."""


@dataclass(slots=True, kw_only=True)
class CopyOf:
    """The article whose text this one repeats."""

    article_id: str
    """Id of the article that was published first."""
    url: str
    """Its URL."""
    overlap: float
    """Share (0 to 1) of the shorter text's shingles that the other text holds."""


@dataclass(slots=True, kw_only=True)
class Change:
    """One difference between a revision of an article and the revision before it."""

    kind: ChangeKind
    """What has changed."""
    before: str = ""
    """The headline, number, quote, names or passage as it was; empty for what was added."""
    after: str = ""
    """As it is now; empty for what was removed."""
    where: str = ""
    """Of a number: the sentence that it stands in now."""


@dataclass(slots=True, kw_only=True)
class Article:
    """One news article."""

    id: str
    """SHA-256 (hex) of the normalised final or canonical URL (`archive.url.article_id`)."""
    url: str
    """Final address after redirects, as fetched."""
    canonical_url: str = ""
    """The page's rel=canonical, absolute."""
    amp_url: str = ""
    """The page's AMP version (rel=amphtml), absolute."""
    translations: dict[str, str] = field(default_factory=dict)
    """Address by BCP 47 code of the same article in other languages (rel=alternate with hreflang)."""
    announced_url: str = ""
    """Address under which the page was announced; its `archive.url.ledger_key` is the ledger's key."""
    site: str = ""
    """Host name without "www."."""
    publisher: str = ""
    """Name of the outlet."""
    source: str = ""
    """Name of the source (seeds/sources) through which the page was found."""

    headline: str = ""
    """The headline, without the site's name."""
    alternative_headline: str = ""
    """A second headline that the page gives (schema.org alternativeHeadline), such as a shorter one."""
    description: str = ""
    """Standfirst or summary."""
    article_body: str = ""
    """Plain text: paragraphs separated by one blank line, without headline, captions and boilerplate."""
    article_body_html: str = ""
    """The same text as clean HTML: p, h2 to h4, ul, ol, li, blockquote, table, em, strong, a; no
    attributes but href. Safe to show as it is."""
    dateline: str = ""
    """The place with which the text begins, as in "WASHINGTON (AP) -"; the text keeps it."""
    authors: list[str] = field(default_factory=list)
    """Persons' names in the page's order."""
    article_section: str = ""
    """The outlet's section, such as "Ausland"."""
    keywords: list[str] = field(default_factory=list)
    """The outlet's tags."""
    images: list[Image] = field(default_factory=list)
    """Images with caption and credit."""
    credit_text: str = ""
    """Agency or supplier of the text, such as "Reuters"."""
    access: Access = "full"
    """How much of the text the page gave."""
    is_accessible_for_free: bool | None = None
    """What the page itself says of its access; None where it says nothing."""
    robots: list[str] = field(default_factory=list)
    """Directives of meta robots and X-Robots-Tag, lower case, such as "noindex"; recorded, not obeyed."""

    in_language: str = ""
    """BCP 47 code of the text's language by its words, such as "de"; "und" where it cannot be told."""
    language_confidence: float = 0.0
    """0 to 1; how sure the detection is."""
    declared_language: str = ""
    """What the page declares, normalised to BCP 47."""

    date_published: datetime | None = None
    """First publication, UTC; None where unknown."""
    date_published_raw: str = ""
    """The string it was read from, as found."""
    date_published_source: DateSource = ""
    """Where it was found."""
    date_modified: datetime | None = None
    """Last change by the outlet, UTC; None where unknown."""
    date_modified_raw: str = ""
    """The string it was read from, as found."""
    date_announced: datetime | None = None
    """The time that feed or sitemap gave with the announcement, UTC."""
    date_fetched: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When the page was fetched last, UTC; a newer fetch replaces an older one."""

    revision: int = 0
    """Number of this text of the article, set by the archive; 0 is the first that was kept."""
    changes: list[Change] = field(default_factory=list)
    """How this revision differs from the one before it, set by the archive; empty for the first."""
    date_revised: datetime | None = None
    """When this text was first seen, UTC, set by the archive; None in older records: at `date_fetched`."""
    date_unpublished: datetime | None = None
    """When it was found to be gone (404, 410, redirect to the front page), UTC; None while it stands."""

    extractor: str = ""
    """Name of the extractor that read the page, such as "generic"."""
    raw: RawPage | None = None
    """Where the raw page lies; None for a seed or a page given as a file."""
    fingerprint: list[int] = field(default_factory=list)
    """Sampled shingle hashes of the text, sorted (`pipelines.text.fingerprint`)."""
    copy_of: CopyOf | None = None
    """The article this one repeats; None for an original."""
    relations: list[Relation] = field(default_factory=list)
    """How it relates to each seed it was compared with, one per seed."""

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what the outlet published, and of whether it still stands."""
        published = (
            self.url,
            self.headline,
            self.description,
            self.article_body,
            self.authors,
            self.date_published and self.date_published.isoformat(),
            self.date_modified and self.date_modified.isoformat(),
            self.access,
            *(("unpublished",) if self.date_unpublished else ()),  # so that the others keep their digests
        )
        text = json.dumps(published, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON types: times as ISO 8601 strings in UTC. The form of `-o out.jsonl`."""
        record: dict[str, Any] = _plain(self)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Article":
        """The inverse of `to_dict`; unknown keys raise TypeError, missing ones take their default."""
        values = dict(record)
        for name in TIMES:
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name]).astimezone(UTC)
        values["images"] = [Image(**image) for image in values.get("images") or []]
        values["relations"] = [Relation(**relation) for relation in values.get("relations") or []]
        values["changes"] = [Change(**change) for change in values.get("changes") or []]
        values["raw"] = RawPage(**values["raw"]) if values.get("raw") else None
        values["copy_of"] = CopyOf(**values["copy_of"]) if values.get("copy_of") else None
        if values.get("date_fetched") is None:
            values.pop("date_fetched", None)
        return cls(**values)

    def relation_to(self, seed: str) -> Relation | None:
        """The relation to the seed with this article id, or None if they were not compared."""
        return next((relation for relation in self.relations if relation.seed == seed), None)


TIMES = (
    "date_published",
    "date_modified",
    "date_announced",
    "date_fetched",
    "date_revised",
    "date_unpublished",
)
"""The fields of an article that are times."""

ACCESS_VALUES: tuple[str, ...] = get_args(Access)


def _plain(value: Any) -> Any:
    """As JSON types; a quarter of the time of dataclasses.asdict, which copies each number by itself."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value
