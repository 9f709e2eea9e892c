"""Articles as the archives keep them: what is refused, and how they are packed."""

import json
import re
import zlib
from typing import Any

from archive.article import ACCESS_VALUES, TIMES, Article


class Refused(Exception):
    """This article cannot be kept; the text is the reason."""


_ID = re.compile(r"[0-9a-f]{64}")


def check(article: Article) -> None:
    """Raise Refused for an article that cannot be kept; `pack` finds the rest."""
    if not isinstance(article.id, str) or not _ID.fullmatch(article.id):
        raise Refused(f"its id is not 64 hex digits: {article.id!r}")
    if not article.headline.strip() and not article.article_body.strip():
        raise Refused("it has neither a headline nor a text")
    if not article.url:
        raise Refused("it has no URL")
    if article.access not in ACCESS_VALUES:
        raise Refused(f"its access is none of {', '.join(ACCESS_VALUES)}: {article.access!r}")
    for name in TIMES:
        time = getattr(article, name)
        if time is not None and time.tzinfo is None:
            raise Refused(f"its {name} has no time zone: {time.isoformat()}")
    for value in article.fingerprint:
        if not -(1 << 63) <= value < 1 << 64:
            raise Refused(f"its fingerprint holds a number of more than 64 bits: {value}")


def json_of(record: dict[str, Any]) -> bytes:
    """A record as compact JSON; raises Refused where its values have no JSON form."""
    try:
        return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Refused("it holds half a surrogate pair, which is no Unicode text") from None
    except (TypeError, ValueError, OverflowError) as error:
        raise Refused(f"it cannot be written as JSON: {error}") from None


def pack(article: Article) -> bytes:
    """The article as compressed JSON; raises Refused where its values have no JSON form."""
    return zlib.compress(json_of(article.to_dict()), level=1)


def unpack(record: bytes) -> Article:
    """The inverse of `pack`."""
    return Article.from_dict(json.loads(zlib.decompress(record)))


def signed(value: int) -> int:
    """A 64-bit hash as SQLite's signed integer."""
    return value - (1 << 64) if value >= 1 << 63 else value
