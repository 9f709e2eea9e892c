"""What reading a page gave: the article, and how each part of it was found."""

from dataclasses import dataclass
from datetime import datetime

from archive.article import Article
from crawler.extractors.document import Document
from crawler.extractors.page_dates import Dated, own_time
from pipelines.text.language import MIXED, UNDETERMINED, languages_in, settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """An article with the page it was read from."""

    article: Article
    document: Document
    layout: str = ""
    """The layout of the site's extractor that fitted ("since 2020-01-01"); empty for the generic one."""

    @property
    def sources(self) -> dict[str, str]:
        """Field of the article -> where its value was read ("json-ld", "h1", "text" ...); empty fields have
        none."""
        said = self.document.sources.items()
        found = {name: source for name, source in said if source and _has(self.article, name)}
        return found | {"in_language": self._language_note}

    @property
    def _language_note(self) -> str:
        """How the language was told, and where it cannot be or is not the only one."""
        article = self.article
        if article.in_language == UNDETERMINED:
            return "text, too short to tell"
        shares = {
            code: share
            for code, share in languages_in(article.article_body, article.declared_language).items()
            if share >= MIXED
        }
        told = f"text, confidence {article.language_confidence:.2f}"
        mixed = ", ".join(f"{code} {share:.0%}" for code, share in shares.items())
        return f"{told}, mixed: {mixed}" if len(shares) > 1 else told

    @property
    def published_here(self) -> datetime | None:
        """`date_published` on the outlet's own clock: its day is the one that readers saw."""
        article = self.article
        found = Dated(article.date_published, article.date_published_raw, article.date_published_source)
        language = settled(article.in_language, article.declared_language)
        return own_time(self.document, found, language)


def _has(article: Article, name: str) -> bool:
    return getattr(article, name) not in ("", None, [], {})
