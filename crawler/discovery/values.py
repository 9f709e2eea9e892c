"""What the readers of lists share: encodings, plain text, absolute addresses, dates in UTC."""

import codecs
import re
import time
from calendar import timegm
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from urllib.parse import urldefrag, urljoin

from charset_normalizer import from_bytes
from dateutil import parser as date_parser
from lxml import etree, html

from archive import clock
from archive.url import normalize

FUTURE = timedelta(days=2)
"""A page dated later than this after now is dated wrongly; two days leave room for zones and wrong clocks."""

_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?\s*([\w.:-]{3,40})""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{3,40})""", re.IGNORECASE)
_LIST_END = re.compile(rb"</(?:\w+:)?(?:urlset|sitemapindex|rss|rdf|feed)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(rb"<(?:\w+:)?(?:url|sitemap|item|entry)[\s>]", re.IGNORECASE)
_ENTRY_END = re.compile(rb"</(?:\w+:)?(?:url|sitemap|item|entry)\s*>", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BLOCK = re.compile(
    r"(?=</?(?:blockquote|br|d[dt]|div|h\d|li|p|pre|t[dr])\b)|<(script|style)\b.*?</\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\s]+")
_UNSEEN = re.compile("[\u00ad\u200b\u2060\ufeff]")
_NUMERIC_DATE = re.compile(r"\s*(\d{1,2})([./-])(\d{1,2})\2\d{4}\b")

_NO_WEB_ENCODINGS = ("idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7")
_WEB_ENCODINGS = [
    *(f"cp125{number}" for number in range(9)), "cp866", "cp874", "koi8_r", "koi8_u", "iso8859_2",
    "iso8859_5", "iso8859_7", "iso8859_9", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
"""What a page that is not UTF-8 is written in: the WHATWG Encoding Standard's list without its rarities."""

_ZONES = {
    "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "KST": 9, "JST": 9, "HKT": 8, "SGT": 8, "AEST": 10, "AEDT": 11, "NZST": 12, "NZDT": 13,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
"""Hours from UTC of the zone names in use in feeds; the American ones are RFC 822's."""


LONGEST_URL = 8000
"""Characters: what is longer no server takes (RFC 9110 asks for 8,000)."""


def encoding_of(body: bytes, content_type: str = "") -> tuple[str, str]:
    """Name of the encoding that the bytes are in, and a problem where a declaration is wrong.

    Bytes that are valid UTF-8 with a character outside ASCII are UTF-8, whatever is declared: no other
    encoding makes such sequences by chance. Else the declaration counts (server first, RFC 7303), and a
    wrong "utf-8" is replaced by what the bytes look like.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name, ""
    declared = _declared_encoding(body, content_type)
    other = "" if declared == "utf-8" else declared
    utf8 = _is_utf8(body)
    if other and (not utf8 or body.isascii()):
        return other, ""  # also iso-2022-jp, which looks like ASCII
    if utf8:
        return "utf-8", f"declared as {other}, but is utf-8" if other else ""
    if _mostly_utf8(body):
        return "utf-8", "some bytes are not valid utf-8"
    guessed = _guess(body)
    return guessed, f"declared as utf-8, but looks like {guessed}" if declared else ""


def _declared_encoding(body: bytes, content_type: str) -> str:
    found = _CHARSET.search(content_type)
    in_body = _DECLARED.search(body[:2048])
    for name in (found and found[1], in_body and in_body[1].decode("ascii", "replace")):
        if name and (known := _codec(name)):
            return known
    return ""


def _codec(name: str) -> str:
    """The codec's name, "" where it is none for bytes (such as "rot13") or not of this kind of text."""
    try:
        "".encode(name)
        known = codecs.lookup(name).name
    except (LookupError, UnicodeError, ValueError):
        return ""
    if known in ("iso8859-1", "ascii"):
        return "cp1252"  # the WHATWG Encoding Standard's reading of both
    return "" if known.replace("-", "_") in _NO_WEB_ENCODINGS else known


def _is_utf8(body: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)  # not final: a cut last character is no error
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(body: bytes) -> bool:
    """Whether nearly all sequences outside ASCII are UTF-8: one bad byte does not make it another."""
    sample = body[: 1 << 20].decode("utf-8", "replace")
    beyond = sum(1 for letter in sample if letter > "\x7f")
    return sample.count("\ufffd") * 10 < beyond


def _guess(body: bytes) -> str:
    """The likeliest encoding by the statistics of the letters outside ASCII, from the lines that have any.

    Fewer than eight such bytes say nothing: then the web's default.
    """
    lines = [line for line in body.splitlines() if not line.isascii()]
    sample = re.sub(rb"<[^<>]*>", b" ", b"\n".join(lines))[: 1 << 16]
    if sum(byte > 0x7F for byte in sample) < 8:
        return "cp1252"
    best = from_bytes(sample, cp_isolation=_WEB_ENCODINGS).best()
    return best.encoding if best else "cp1252"


def without_torn_entry(xml: bytes) -> tuple[bytes, str]:
    """The XML up to its last whole entry where its end is missing: half an address is worse than none."""
    if _LIST_END.search(xml[-1000:]):
        return xml, ""
    whole = max((entry.end() for entry in _ENTRY_END.finditer(xml)), default=0)
    torn = _ENTRY_START.search(xml, whole)
    return xml[: torn.start()] if torn else xml, "the file ends too early"


def plain_text(markup: str, *, is_html: bool = True) -> str:
    """Text without tags, entities, control and unseen characters; each run of white space is one space."""
    if is_html and ("<" in markup or "&" in markup):
        markup = _text_of_html(markup)
    return _CONTROL.sub(" ", _UNSEEN.sub("", markup)).strip()


def _text_of_html(markup: str) -> str:
    root = html_root(f"<div>{_BLOCK.sub(' ', markup)}</div>")
    return "" if root is None else "".join(str(part) for part in root.itertext())


def html_root(text: str) -> html.HtmlElement | None:
    """The tree of an HTML text without its comments; None where there is nothing in it."""
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, ValueError):
        return None


def absolute(base: str, link: str) -> str:
    """The link as an absolute http(s) URL without fragment; "" where it is none or is `base` itself."""
    link = link.replace("\n", "").strip()
    try:
        url = urldefrag(urljoin(base, link)).url if link else ""
        normalize(url)
    except ValueError:
        return ""
    return "" if url == base or len(url) > LONGEST_URL else url


def parse_date(raw: str, now: datetime | None = None) -> datetime | None:
    """A date as lists write it (ISO 8601, RFC 822, English) in UTC; a date without a zone is taken as UTC.

    None for what cannot be read, lacks its day (W3C allows "2022-09"), can be read two ways
    ("08/09/2022"), is later than `now` by more than `FUTURE`, or means "not set" (year 1, 1970-01-01T00:00).
    """
    raw = " ".join(raw[:100].split())
    try:
        moment = datetime.fromisoformat(raw)
    except ValueError:
        loose = _loose_date(raw)
        if loose is None:
            return None
        moment = loose
    return plausible(moment, now)


def _loose_date(raw: str) -> datetime | None:
    numeric = _NUMERIC_DATE.match(raw)
    day_first = numeric is not None and numeric[2] == "."
    if (
        numeric
        and not day_first
        and int(numeric[1]) <= 12
        and int(numeric[3]) <= 12
        and numeric[1] != numeric[3]
    ):
        return None
    try:
        # What the string lacks comes from the default: two defaults show whether the day is its own.
        first, second = (
            date_parser.parse(raw, default=default, tzinfos=_zone, dayfirst=day_first)
            for default in (datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 2, 2, tzinfo=UTC))
        )
    except (
        ValueError,
        OverflowError,
        ArithmeticError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ):
        return None
    return first if first.date() == second.date() else None


def _zone(name: str | None, offset: int | None) -> tzinfo:
    seconds = offset if offset is not None else _ZONES.get(name or "", 0) * 3600
    return timezone(timedelta(seconds=seconds))  # ValueError for a day or more, which counts as no date


def from_struct(moment: time.struct_time | None, now: datetime | None = None) -> datetime | None:
    """feedparser's time (UTC) as a datetime; None where it is none."""
    try:
        return plausible(datetime.fromtimestamp(timegm(moment), UTC), now) if moment else None
    except (ValueError, OverflowError, OSError):
        return None


def plausible(moment: datetime, now: datetime | None = None) -> datetime | None:
    """The moment in UTC; None where it lies too far in the future or only means "not set"."""
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if moment.year < 1700 or moment == datetime(1970, 1, 1, tzinfo=UTC):
        return None
    return None if moment > (now or clock.now()) + FUTURE else moment
