"""Seeds: one article that is known to be relevant, read from a file or a page into an `Article`.

A text export (line 1 the headline; then, optionally, a line with a Unix time stamp and the start of the
headline again; then paragraphs, with captions and boilerplate among them) has no address. It gets one that
is made of its text, `http://seed.invalid/<16 hexadecimal digits>` (RFC 2606: never a real host), so that
its article id follows the same rule as every other, and the same text is the same seed wherever the file
lies.
"""

import hashlib
import json
import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from archive.article import Article
from archive.errors import PageError, SeedError
from archive.url import article_id, normalize
from crawler.extractors.base import Page
from crawler.extractors.folding import collapse, fold

SeedKind = Literal["url", "html", "json", "text"]
"""url: the spider fetches it and calls `seed_from_page`; the others are files for `read_seed`."""

LARGEST = 20_000_000
"""Bytes of a seed file; a larger one is something else."""

LONGEST_HEADLINE = 300
"""Characters; a longer first line is a paragraph, and the text has no headline."""

LEAST_WORDS = 8
"""Words of text that a seed must have: with fewer, everything or nothing is related."""

_HOWTO = "give a text export, an HTML or JSON file of one article, or its URL"
_stamped = re.compile(r"^(?P<stamp>1\d{9}(?:\d{3})?)(?:\s+(?P<rest>.*))?$")
_lines_file = re.compile(r"\.(?:jsonl|jl|ndjson)(?::(?P<line>[0-9]+))?$", re.IGNORECASE)
_STEPS = ("headline", "credit", "stamp", "repeat", "end")
"""The steps of the line filter that an export without markup allows."""


def seed_kind(where: str) -> SeedKind:
    """What a seed argument names, by its form, its ending, or what the file starts with; raises SeedError."""
    if re.match(r"[a-z][a-z0-9+.-]*://", where, re.IGNORECASE):
        try:
            normalize(where)
        except ValueError as error:
            raise SeedError(f"seed {error}; give an http(s) address or a file") from None
        return "url"
    ending = Path(where).suffix.lower()
    if ending == ".json" or _lines_file.search(where):
        return "json"
    if ending in (".html", ".htm", ".xhtml"):
        return "html"
    start = _bytes(where)[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "html"
    return "json" if start.startswith(b"{") else "text"


def read_seed(where: str) -> Article:
    """The seed in a file: a text export, an HTML page, or our own JSON form ("FILE.jsonl:3" names the third
    line).

    Raises SeedError, one line, for a file that is missing, empty, binary, in an unknown encoding, or no
    article.
    """
    kind = seed_kind(where)
    if kind == "url":
        raise _error(where, "an address has to be fetched first; use it with scrapy crawl related")
    if kind == "json":
        return _from_json(where)
    if kind == "html":
        return _from_html(where)
    return parse_export(_text(where), where)


def seed_from_page(page: Page) -> Article:
    """The seed on a fetched page; raises SeedError where it is no article."""
    from crawler.extractors import read

    try:
        return _checked(read(page), page.url)
    except PageError as error:
        raise SeedError(f"seed {error}") from None


def parse_export(text: str, where: str) -> Article:
    """The seed in a text export; `where` is named in errors."""
    from crawler.extractors.line_facts import Facts
    from crawler.extractors.lines import clean
    from crawler.extractors.pictures import from_caption
    from pipelines.text.language import detect

    lines = [line for raw in unicodedata.normalize("NFC", text).splitlines() if (line := collapse(raw))]
    stamp, lines = _take_stamp(lines)
    headline = lines.pop(0) if lines and len(lines[0]) <= LONGEST_HEADLINE else ""
    cleaned = clean("\n".join(lines), Facts(titles={fold(headline)} - {""}), _STEPS)
    language = detect(f"{headline}\n{cleaned.text}")
    identity = hashlib.sha256(f"{headline}\n{cleaned.text}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
    url = f"http://seed.invalid/{identity}"
    seed = Article(
        id=article_id(url),
        url=url,
        headline=headline,
        article_body=cleaned.text,
        images=[from_caption(line) for line in cleaned.dropped_by("credit")],
        in_language=language.code,
        language_confidence=language.confidence,
        date_published=datetime.fromtimestamp(int(stamp[:10]), UTC) if stamp else None,
        date_published_raw=stamp,
        date_published_source="export" if stamp else "",
        extractor="export",
    )
    return _checked(seed, where)


def _take_stamp(lines: list[str]) -> tuple[str, list[str]]:
    """The time stamp among the first lines ("" without one), and the lines without it and the repeated
    headline.

    The stamp must be the line's first word, and a time that has passed.
    """
    for index, line in enumerate(lines[:4]):
        found = _stamped.match(line)
        if found and int(found["stamp"][:10]) <= datetime.now(UTC).timestamp() + 172_800:
            rest = found["rest"] or ""
            repeated = index > 0 and fold(lines[0]).startswith(fold(rest))
            return found["stamp"], [
                *lines[:index],
                *([] if repeated or not rest else [rest]),
                *lines[index + 1 :],
            ]
    return "", lines


def _error(where: str, what: str) -> SeedError:
    """One line whatever the name holds."""
    name = "".join(character if character.isprintable() else "?" for character in where)
    return SeedError(f"seed {name}: {what}")


def _checked(seed: Article, where: str) -> Article:
    from crawler.extractors.page_kind import count_words

    if count_words(seed.article_body) < LEAST_WORDS:
        raise _error(where, f"holds no article; it needs a headline and a paragraph of {LEAST_WORDS} words")
    return seed


def _bytes(where: str) -> bytes:
    """The file's bytes."""
    path = Path(where)
    try:
        if path.is_dir():
            raise _error(where, "is a folder; name one file in it")
        if path.exists() and not path.is_file():  # a pipe may never end
            raise _error(where, "is no ordinary file; save it to one")
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise _error(where, f"no such file; {_HOWTO}") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _error(where, f"cannot be read ({reason}); {_HOWTO}") from None
    if not body.strip():
        raise _error(where, f"is empty; {_HOWTO}")
    if len(body) > LARGEST:
        raise _error(where, f"has more than {LARGEST // 1_000_000} MB; {_HOWTO}")
    return body


def _text(where: str) -> str:
    """The file's text: UTF-8, UTF-16 and UTF-32 (by mark or shape), else a legacy encoding that can be
    told."""
    from w3lib.encoding import read_bom

    from crawler.extractors.charset import guessed, is_mojibake, utf16_without_mark

    body = _bytes(where)
    marked, mark = read_bom(body)
    for encoding in filter(None, (marked, "utf-8", utf16_without_mark(body), guessed(body))):
        try:
            text = body[len(mark or b"") :].decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not is_binary(text) and not is_mojibake(text):
            return text
    if is_binary(body.decode("latin-1")):
        raise _error(where, f"is not text; {_HOWTO}")
    raise _error(where, "its encoding cannot be told; save it as UTF-8")


def is_binary(text: str) -> bool:
    """Whether decoded text holds control characters that no text has (a tab, a form feed and line ends are
    fine)."""
    odd = sum(
        1 for character in text if unicodedata.category(character) in ("Cc", "Cn") and not character.isspace()
    )
    return odd > len(text) / 1000


def _from_html(where: str) -> Article:
    """The article of a saved page; its address is its canonical one, or made of its bytes."""
    from crawler.extractors.document import Document

    body = _bytes(where)
    made_up = f"http://seed.invalid/{hashlib.sha256(body).hexdigest()[:16]}"
    page = Page(url=made_up, body=body, fetched_at=datetime.now(UTC))
    try:
        document = Document(page)
    except PageError as error:
        raise _error(where, f"is no HTML page ({error})") from None
    address = document.canonical or document.absolute(document.meta_text("og:url"))
    found = seed_from_page(Page(url=address or made_up, body=body, fetched_at=page.fetched_at))
    found.site = "" if found.site == "seed.invalid" else found.site
    return found


def _from_json(where: str) -> Article:
    """The article of a JSON file in the form of `Article.to_dict`, or of one line of a JSON lines file."""
    named = _lines_file.search(where)
    path = where if named is None or named["line"] is None else where[: -len(named["line"]) - 1]
    text = _text(path)
    if named is not None:
        text = _json_line(text, path, int(named["line"] or 0))
    try:
        record: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _error(where, f"is not JSON ({error})") from None
    return _checked(_from_record(record, where), where)


def _json_line(text: str, path: str, number: int) -> str:
    """The numbered line; without a number the only one."""
    lines = [line for line in text.split("\n") if line.strip()]
    if number == 0 and len(lines) == 1:
        return lines[0]
    if not 1 <= number <= len(lines):
        raise _error(path, f"has {len(lines)} articles; name one as {path}:1 to {path}:{len(lines)}")
    return lines[number - 1]


def _from_record(record: Any, where: str) -> Article:
    form = "is not an article in our export form (one line of -o out.jsonl)"
    if not isinstance(record, dict):
        raise _error(where, f"{form}")
    texts = ("id", "url", "headline", "article_body", "in_language")
    wrong = [name for name in texts if not isinstance(record.get(name, ""), str)]
    missing = [name for name in ("id", "url") if not record.get(name)]
    if wrong or missing:
        raise _error(where, f"{form}: {', '.join(wrong or missing)} must be a text")
    try:
        return Article.from_dict(record)
    except (TypeError, ValueError, AttributeError) as error:
        raise _error(where, f"{form}: {error}") from None
