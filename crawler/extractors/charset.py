"""Bytes -> text, for pages whose declared encoding may be wrong.

Order: byte order mark; UTF-8 wherever the bytes are valid UTF-8 (other encodings do not pass that test by
chance); the header's charset; the page's own; what charset-normalizer makes of it. A declared encoding is
left for the next when its text has undecodable bytes or looks like Cyrillic or Greek read as Latin
("Ìîñêâà").
"""

import re
from collections.abc import Iterator, Mapping

from charset_normalizer import from_bytes
from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
)

BAD_SHARE = 0.001
"""Share of characters that may be undecodable in a text whose encoding is right: cut or mixed pages have
some."""

SAMPLE = 20_000
"""Bytes of visible text that are shown to the detector; it takes 100 ms and more for whole pages."""

_LEGACY = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    "koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7", "iso8859_9", "gb18030", "big5",
    "euc_jp", "shift_jis", "euc_kr", "cp874",
]  # fmt: skip
"""The encodings of the web (WHATWG) that a page without a true declaration can be in."""

_tags = re.compile(rb"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_foreign = re.compile(r"[\u00c0-\u00ff]+")


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """The page's text; undecodable bytes become U+FFFD. Never raises."""
    encoding, mark = read_bom(body)
    if encoding and mark:
        return body[len(mark) :].decode(encoding, "replace")
    if not body.isascii():
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    texts = []
    for candidate in _candidates(body, headers):
        text = body.decode(candidate, "replace")
        if _is_good(text):
            return text
        texts.append(text)
    return min(texts, key=lambda text: (is_mojibake(text), text.count("\ufffd")))


def utf16_without_mark(body: bytes) -> str | None:
    """The UTF-16 encoding of bytes without a mark, of which every other one is 0; None for others."""
    nulls = body[:200].count(0)
    if nulls <= 40:
        return None
    return "utf-16-le" if body[1:200:2].count(0) > nulls / 2 else "utf-16-be"


def _candidates(body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
    utf16 = utf16_without_mark(body)
    if utf16:
        yield utf16
    for declared in (
        http_content_type_encoding(headers.get("content-type")),
        html_body_declared_encoding(body),
    ):
        encoding = resolve_encoding(declared) if declared else None
        if encoding:
            yield encoding
    if body.isascii():
        yield "ascii"
        return
    guess = guessed(body)
    if guess:
        yield guess
    yield "utf-8"
    yield "cp1252"


def guessed(body: bytes) -> str | None:
    """The encoding that charset-normalizer takes the bytes for, among those of the web; None where it knows
    none."""
    visible = _tags.sub(b" ", body)
    start = next((index for index, byte in enumerate(visible) if byte > 127), 0)
    best = from_bytes(visible[max(0, start - 100) :][:SAMPLE], cp_isolation=_LEGACY).best()
    return best.encoding if best else None


def _is_good(text: str) -> bool:
    return text.count("\ufffd") <= len(text) * BAD_SHARE and not is_mojibake(text)


def is_mojibake(text: str) -> bool:
    """Whether most accented Latin letters stand in runs of three or more, as no Latin language has them."""
    runs = [len(run) for run in _foreign.findall(text)]
    total = sum(runs)
    return total > 20 and sum(length for length in runs if length >= 3) > total / 2
