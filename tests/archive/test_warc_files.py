"""Revisits, digests and broken files, as WARC's other readers see them."""

import gzip
import random
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from archive.article import RawPage
from archive.warc import RawStore, check_file

URL = "http://a.example/1"
HTML = [("Content-Type", "text/html; charset=utf-8"), ("X-Name", "Müller")]
REVISIT = "http://netpreserve.org/warc/1.1/revisit/"


def filled(folder: Path) -> RawPage:
    """A store with a page, a redirect without a body, an error of no known name, and two revisits."""
    store = RawStore(folder)
    page = store.write(URL, 200, "OK", HTML, b"<p>body</p>", ip="192.0.2.7")
    store.write("http://a.example/moved", 301, "Moved Permanently", [("Location", "/1")], b"")
    store.write("http://a.example/odd", 599, "", HTML, b"odd")
    earlier = store.earlier(page)
    assert earlier is not None
    store.write_revisit(URL, 304, "Not Modified", [("ETag", '"1"')], earlier)
    store.write_revisit(URL, 200, "OK", HTML, earlier)
    store.close()
    return page


def only_file(folder: Path) -> Path:
    (path,) = (path for path in folder.iterdir() if ".warc.gz" in path.name)
    return path


def records(path: Path) -> list[Any]:
    """All records by warcio with digests checked, each read to its end."""
    found = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests=True):
            record.raw_stream.read()
            found.append(record)
    return found


def test_a_revisit_says_whose_payload_it_repeats(tmp_path: Path) -> None:
    page = filled(tmp_path)
    _, first, *_, unmodified, identical = records(only_file(tmp_path))
    assert first.rec_headers.get_header("WARC-IP-Address") == "192.0.2.7"
    for record, profile, status in (
        (unmodified, "server-not-modified", "304 Not Modified"),
        (identical, "identical-payload-digest", "200 OK"),
    ):
        head = record.rec_headers
        assert record.rec_type == "revisit"
        assert head.get_header("WARC-Profile") == REVISIT + profile
        assert head.get_header("WARC-Refers-To") == first.rec_headers.get_header("WARC-Record-ID")
        assert head.get_header("WARC-Refers-To-Target-URI") == URL
        assert head.get_header("WARC-Refers-To-Date") == first.rec_headers.get_header("WARC-Date")
        assert head.get_header("WARC-Payload-Digest") == f"sha256:{page.sha256}"
        assert record.http_headers.statusline == status
    assert unmodified.http_headers.get_header("ETag") == '"1"'
    assert [found.status for found in RawStore(tmp_path).iterate()] == [200, 301, 599], "revisits are none"


def test_what_cannot_be_read_is_no_earlier_response(tmp_path: Path) -> None:
    page = filled(tmp_path)
    assert RawStore(tmp_path).earlier(replace(page, sha256="0" * 64)) is None
    assert RawStore(tmp_path).earlier(replace(page, file="lost.warc.gz")) is None


def test_warcio_finds_every_digest_right(tmp_path: Path) -> None:
    filled(tmp_path)
    passed = [(record.rec_type, record.digest_checker.passed) for record in records(only_file(tmp_path))]
    # warcio checks no digest of a revisit: its payload lies elsewhere
    assert passed == [("warcinfo", True), *[("response", True)] * 3, *[("revisit", None)] * 2]


def test_fastwarc_finds_every_digest_right(tmp_path: Path) -> None:
    warc = pytest.importorskip("fastwarc.warc")
    filled(tmp_path)
    with only_file(tmp_path).open("rb") as file:
        blocks = [
            (record.headers.get("WARC-Target-URI", ""), record.verify_block_digest())
            for record in warc.ArchiveIterator(file, parse_http=False)
        ]
    urls = ["", URL, "http://a.example/moved", "http://a.example/odd", URL, URL]
    assert blocks == [(url, True) for url in urls]
    with only_file(tmp_path).open("rb") as file:
        responses = warc.ArchiveIterator(file, record_types=warc.WarcRecordType.response)
        read = [(record.http_headers.status_code, record.verify_payload_digest()) for record in responses]
    assert read == [(200, True), (301, True), (599, True)]


def test_dates_come_from_the_clock_or_are_given(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    page = store.write(URL, 200, "OK", HTML, b"old", date=datetime(2019, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert store.read(page).date == "2019-01-02T03:04:05.000000Z"
    store.close()


def test_a_whole_file_holds(tmp_path: Path) -> None:
    filled(tmp_path)
    checked = check_file(only_file(tmp_path))
    assert (checked.records, checked.faults, checked.torn, checked.indexed) == (6, [], None, False)


def many(folder: Path, count: int = 5) -> list[RawPage]:
    store = RawStore(folder)
    chance = random.Random(1)
    pages = [store.write(f"{URL}/{n}", 200, "OK", HTML, chance.randbytes(40_000)) for n in range(count)]
    store.close()
    return pages


def test_one_damaged_record_is_one_fault_and_the_others_are_read(tmp_path: Path) -> None:
    pages = many(tmp_path)
    path = only_file(tmp_path)
    data = bytearray(path.read_bytes())
    data[pages[2].offset + 20_000] ^= 0xFF
    path.write_bytes(data)
    checked = check_file(path)
    assert checked.records == 5
    assert [fault.offset for fault in checked.faults] == [pages[2].offset]
    assert [page.raw for page in RawStore(tmp_path).iterate()] == [*pages[:2], *pages[3:]]


def test_another_content_is_a_fault(tmp_path: Path) -> None:
    pages = many(tmp_path)
    path = only_file(tmp_path)
    data = path.read_bytes()
    record = gzip.decompress(data[pages[2].offset : pages[3].offset])
    forged = gzip.compress(record.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 203 OK"))
    path.write_bytes(data[: pages[2].offset] + forged + data[pages[3].offset :])
    (fault,) = check_file(path).faults
    assert fault.offset == pages[2].offset
    assert "another content" in fault.problem


@pytest.mark.parametrize("cut", [8, 30_000])
def test_a_torn_end_is_a_fault_only_in_a_closed_file(tmp_path: Path, cut: int) -> None:
    pages = many(tmp_path)
    path = only_file(tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert [fault.offset for fault in check_file(path).faults] == [pages[-1].offset]
    opened = path.rename(f"{path}.open")
    checked = check_file(opened)
    assert (checked.records, checked.faults, checked.torn) == (5, [], pages[-1].offset)


def test_a_file_in_use_is_checked_as_far_as_it_goes_and_left_without_an_index(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.write(URL, 200, "OK", HTML, b"body")
    path = only_file(tmp_path)
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08 half a record")
    checked = check_file(path)
    assert (checked.records, checked.faults, checked.torn, checked.indexed) == (2, [], None, False)
    store.close()


def test_a_killed_writer_leaves_what_every_reader_reads(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, os\n"
        "from archive.warc import RawStore\n"
        "store = RawStore(pathlib.Path(sys.argv[1]))\n"
        "while True:\n"
        "    store.write('http://a.example/', 200, 'OK', [], os.urandom(50_000))\n"
        "    print(flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(20):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    path = only_file(tmp_path)
    checked = check_file(path)
    assert checked.faults == []
    assert checked.records >= 21
    assert checked.indexed
    index = path.with_name(path.name.removesuffix(".warc.gz.open") + ".cdxj").read_text()
    assert len(index.splitlines()) == checked.records - 1, "all but the warcinfo"
    assert f'"filename": "{path.name}"' in index
    warc = pytest.importorskip("fastwarc.warc")
    with path.open("rb") as file:
        assert sum(1 for _ in warc.ArchiveIterator(file)) >= checked.records
