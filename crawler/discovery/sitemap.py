"""Sitemaps and sitemap indexes (sitemaps.org 0.9), news sitemaps, plain lists of URLs, gzipped or not."""

import gzip
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from html.entities import html5
from io import BytesIO

from lxml import etree

from crawler.discovery.base import Announcement, Listing, SitemapChild
from crawler.discovery.feed import read_feed
from crawler.discovery.kinds import FEEDS, GZIP, kind_of
from crawler.discovery.values import absolute, encoding_of, parse_date, plain_text, without_torn_entry

MAX_SIZE = 50 * 1024 * 1024
"""Bytes after decompression that are read: the protocol's own limit of a sitemap; a gzip bomb ends here."""

MAX_ENTRIES = 100_000
"""Entries that are read: twice the protocol's limit, as some outlets exceed it a little."""

_ENTITY = re.compile(rb"(<!\[CDATA\[.*?\]\]>)|&(#?\w{1,31};)?", re.DOTALL)
_XML_ENTITIES = (b"amp;", b"lt;", b"gt;", b"quot;", b"apos;")
_ENTRIES = {"url", "sitemap"}
_FIELDS = {
    ("loc",): "loc",
    ("lastmod",): "lastmod",
    ("news", "title"): "title",
    ("news", "publication_date"): "published",
    ("news", "publication", "language"): "language",
}


def read_sitemap(body: bytes, url: str, *, now: datetime | None = None) -> Listing:
    """The pages or further sitemaps that a sitemap names; `url` is its own address. Never raises.

    Memory is bounded by `MAX_SIZE` and `MAX_ENTRIES`. A feed in the place of a sitemap is read as one
    (the protocol allows it). `now`: see `values.parse_date`.
    """
    problems: list[str] = []
    if body.startswith(GZIP):
        body, problem = _gunzip(body)
        problems.append(problem)
    if len(body) > MAX_SIZE:
        body = body[:MAX_SIZE]
        problems.append(f"larger than {MAX_SIZE >> 20} MB: read to there")
    kind = kind_of(body)
    if kind.startswith(FEEDS):
        return read_feed(body, url, now=now)
    if kind in ("sitemap", "news sitemap", "sitemap index"):
        return _read_xml(body, url, now, problems)
    if kind == "text sitemap":
        return _read_lines(body, url, problems)
    named = {"HTML": "an HTML page, not a sitemap", "empty": "empty"}
    if kind == "unknown" and re.search(rb"<(?:\w+:)?loc[\s>]", body[:65536]):
        return _read_xml(body, url, now, [*problems, "no root element of a sitemap"])
    return Listing(problem=_join([*problems, named.get(kind, "not a sitemap")]))


def _gunzip(body: bytes) -> tuple[bytes, str]:
    """The decompressed bytes, all members of the file, twice where a server compressed the compressed."""
    problem = ""
    for _ in range(2):
        if not body.startswith(GZIP):
            break
        body, problem = _gunzip_once(body)
    return body, problem


def _gunzip_once(body: bytes) -> tuple[bytes, str]:
    out = bytearray()
    with gzip.GzipFile(fileobj=BytesIO(body)) as file:
        try:
            # In steps, so that what came before a damaged place is kept and a bomb ends early.
            while len(out) <= MAX_SIZE and (chunk := file.read1(65536)):
                out += chunk
        except EOFError:
            return bytes(out), "the gzip data end too early"
        except (OSError, zlib.error):
            return bytes(out), "damaged gzip data: read to there"
    return bytes(out), ""


def _read_lines(body: bytes, url: str, problems: list[str]) -> Listing:
    encoding, problem = encoding_of(body)
    lines = body.decode(encoding, "replace").lstrip("\ufeff").splitlines()
    links = [absolute(url, line) for line in lines if line.strip().startswith(("http://", "https://"))]
    if len(links) > MAX_ENTRIES:
        problems.append(f"more than {MAX_ENTRIES:,} entries: the rest is left out")
    found = [Announcement(url=link) for link in links[:MAX_ENTRIES] if link]
    return Listing(announcements=found, problem=_join([*problems, problem]))


def _read_xml(body: bytes, url: str, now: datetime | None, problems: list[str]) -> Listing:
    encoding, problem = encoding_of(body)
    problems.append(problem)
    if not encoding.startswith("utf-8"):
        body = body.decode(encoding, "replace").encode("utf-8", "replace")  # libxml2 knows fewer than Python
    body, problem = without_torn_entry(_ENTITY.sub(_mend_entity, body))
    problems.append(problem)
    listing = Listing()
    errors = _Errors()
    for name, fields in _entries(body, errors):
        link = absolute(url, fields.get("loc", ""))
        if not link:
            continue
        modified = parse_date(fields.get("lastmod", ""), now)
        if name == "sitemap":
            listing.children.append(SitemapChild(url=link, date_modified=modified))
        else:
            listing.announcements.append(_announcement(link, fields, modified, now))
        if len(listing.children) + len(listing.announcements) >= MAX_ENTRIES:
            problems.append(f"more than {MAX_ENTRIES:,} entries: the rest is left out")
            break
    problems.append("" if problem else errors.first)
    return Listing(announcements=listing.announcements, children=listing.children, problem=_join(problems))


def _announcement(
    link: str, fields: dict[str, str], modified: datetime | None, now: datetime | None
) -> Announcement:
    return Announcement(
        url=link,
        headline=plain_text(fields.get("title", "")),
        date_published=parse_date(fields.get("published", ""), now),
        date_modified=modified,
        language=fields.get("language", ""),
    )


def _mend_entity(match: re.Match[bytes]) -> bytes:
    """HTML's named entities as numbers, a bare "&" as "&amp;": XML knows neither, and outlets write both."""
    if match[1]:
        return match[1]
    name = match[2]
    if not name:
        return b"&amp;"
    if name.startswith(b"#") or name in _XML_ENTITIES:
        return match[0]
    letters = html5.get(name.decode("ascii", "replace"), "")
    return b"".join(b"&#%d;" % ord(letter) for letter in letters) or match[0]


class _Errors:
    """What the XML parser complained of first."""

    first = ""


def _entries(body: bytes, errors: _Errors) -> Iterator[tuple[str, dict[str, str]]]:
    """Each entry as ("url" or "sitemap", its fields); elements are dropped as soon as they are read."""
    path: list[str] = []
    fields: dict[str, str] = {}
    parser = etree.iterparse(
        BytesIO(body),
        events=("start", "end"),
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    try:
        for event, element in parser:
            if event == "start":
                path.append(_local_name(element))
                if _ENTRIES.isdisjoint(path[:-1]) and path[-1] in _ENTRIES:
                    fields = {}
                continue
            name = path.pop()
            if _ENTRIES.isdisjoint(path) and name in _ENTRIES:
                yield name, fields
            elif (field := _field(path, name)) and field not in fields:
                fields[field] = (element.text or "").strip()
            _drop(element)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        errors.first = f"broken XML: {error}"
    logged = parser.error_log.filter_from_errors()  # not mere warnings
    if logged:
        errors.first = errors.first or f"broken XML: {logged[0].message.strip()}"


def _field(path: list[str], name: str) -> str:
    """The field that an element is, by its place within the entry; "" where it is none."""
    for depth, outer in enumerate(path):
        if outer in _ENTRIES:
            return _FIELDS.get((*path[depth + 1 :], name), "")
    return ""


def _local_name(element: etree._Element) -> str:
    """The name without namespace, whatever prefix the file has, declared or not."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2].lower()


def _drop(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _join(problems: list[str]) -> str:
    return "; ".join(problem for problem in problems if problem)
