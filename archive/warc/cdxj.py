"""The index beside a WARC file: one line a record, sorted by address and time, in the form that pywb reads.

    com,example)/path 20261124101500 {"url": ..., "mime": ..., "status": ..., "digest": ..., "length": ...,
    "offset": ..., "filename": ...}

The key is a SURT as the `surt` package makes it, which pywb looks pages up by. That package is under the
AGPL and cdxj-indexer needs it, so what news addresses need of it is done here.
"""

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

import can_ada
from warcio.recordloader import ArcWarcRecord
from warcio.timeutils import iso_date_to_timestamp

from archive.warc.members import Member

REVISIT = "warc/revisit"
"""What pywb calls the media type of a revisit record."""

_SESSION = re.compile(
    r"""^(.*?&)? (?: (?:jsessionid|phpsessid|sid)=[0-9a-z]{32} | aspsessionid[a-z]{8}=[a-z]{24}
        | cfid=[^&]+&cftoken=[^&]+ ) (?:&(.*))?$""",
    re.VERBOSE,
)
_SESSION_IN_PATH = re.compile(r"/\([a-z]\([0-9a-z]{24}\)\)(/[^?]+\.aspx)$")
_KEPT = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "#%")
"""What stands for itself in a key: all printable ASCII but these two."""


def surt(url: str) -> str:
    """The sort-friendly form of an address: "com,example)/path?a=1&b=2"; what is no URL is only escaped."""
    try:
        parsed = can_ada.parse(url.strip())
    except (ValueError, TypeError):
        return quote(url.encode("utf-8", "surrogatepass"), safe=_KEPT)
    path = _SESSION_IN_PATH.sub(r"\1", re.sub("/{2,}", "/", _plain(parsed.pathname)))
    path = path.rstrip("/") or "/"
    return f"{_host(parsed.hostname)}{':' if parsed.port else ''}{parsed.port}){path}{_query(parsed.search)}"


def _host(host: str) -> str:
    if host.startswith("["):
        return host.strip("[]")
    return ",".join(reversed(re.sub(r"^www\d*\.", "", host.rstrip(".")).split(".")))


def _query(search: str) -> str:
    query = _plain(search.removeprefix("?"))
    while found := _SESSION.match(query):
        query = (found[1] or "") + (found[2] or "")
    arguments = sorted(argument.split("=", 1) for argument in query.split("&"))
    return "?" + "&".join("=".join(argument) for argument in arguments) if query else ""


def _plain(text: str) -> str:
    """Escapes undone as often as they were made, then what must be escaped again; in lower case."""
    undone = text.encode()
    while (further := unquote_to_bytes(undone)) != undone:
        undone = further
    return quote(undone, safe=_KEPT).lower()


def line(
    *, url: str, date: str, mime: str, status: str, digest: str, offset: int, length: int, file: str
) -> str:
    """One line; `date` is a WARC-Date, `file` the WARC file's name."""
    about = {
        "url": url,
        "mime": mime,
        "status": status,
        "digest": digest,
        "length": str(length),
        "offset": str(offset),
        "filename": file,
    }
    return f"{surt(url)} {iso_date_to_timestamp(date)} {json.dumps(about)}\n"


def line_of(record: ArcWarcRecord, member: Member, file: str) -> str | None:
    """The line of a record in the file of that name; None for one that is no answer to a request."""
    head, http = record.rec_headers, record.http_headers
    if record.rec_type not in ("response", "revisit") or http is None:
        return None
    mime = REVISIT if record.rec_type == "revisit" else mime_of(http.get_header("Content-Type"))
    return line(
        url=head.get_header("WARC-Target-URI"),
        date=head.get_header("WARC-Date"),
        mime=mime,
        status=http.get_statuscode(),
        digest=head.get_header("WARC-Payload-Digest") or "-",
        offset=member.offset,
        length=member.length,
        file=file,
    )


def mime_of(content_type: str | None) -> str:
    """The media type without parameters; "unk" where the answer names none."""
    return re.split(r"[;,\s]", (content_type or "").strip(), maxsplit=1)[0] or "unk"


def index_of(warc: Path) -> Path:
    """Where the index of a WARC file lies."""
    return warc.with_name(warc.name.partition(".warc.gz")[0] + ".cdxj")


def write(warc: Path, lines: Iterable[str]) -> None:
    """Write a WARC file's index, whole or not at all. Raises OSError."""
    path = index_of(warc)
    new = path.with_suffix(f".cdxj.{os.getpid()}")
    try:
        new.write_text("".join(sorted(lines)), encoding="ascii")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
