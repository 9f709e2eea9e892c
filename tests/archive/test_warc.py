import hashlib
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archive.errors import WarcError
from archive.warc import RawStore

HEADERS = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Name", "Müller")]


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    store = RawStore(tmp_path / "raw")
    first = store.write("http://a.example/1", 200, "OK", HEADERS, b"\x1f\x8bfirst")
    second = store.write("http://a.example/2", 301, "Moved Permanently", [("Location", "/3")], b"")
    for when in ("while it is open", "after it was closed"):
        page = store.read(first)
        assert (page.url, page.status, page.body) == ("http://a.example/1", 200, b"\x1f\x8bfirst"), when
        assert ("Content-Encoding", "gzip") in page.headers
        assert page.raw.sha256 == hashlib.sha256(b"\x1f\x8bfirst").hexdigest()
        assert store.read(second).status == 301
        store.close()
    assert sorted(path.suffix for path in (tmp_path / "raw").iterdir()) == [".cdxj", ".gz"]
    assert [page.url for page in store.iterate()] == ["http://a.example/1", "http://a.example/2"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(bodies=st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_any_bytes_come_back(tmp_path: Path, bodies: list[bytes]) -> None:
    store = RawStore(tmp_path / "raw", max_size=1500)
    places = [store.write("http://a.example/", 200, "OK", [], body) for body in bodies]
    assert [store.read(place).body for place in places] == bodies
    store.close()


def test_a_full_file_is_followed_by_another(tmp_path: Path) -> None:
    store = RawStore(tmp_path, max_size=1)
    places = [store.write(f"http://a.example/{n}", 200, "OK", [], b"x") for n in range(3)]
    assert len({place.file for place in places}) == 3
    store.close()
    assert [store.read(place).url[-1] for place in places] == ["0", "1", "2"]


def test_wrong_places_are_named(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    place = store.write("http://a.example/", 200, "OK", [], b"body")
    with pytest.raises(WarcError, match="missing"):
        store.read(replace(place, file="other.warc.gz"))
    with pytest.raises(WarcError, match="no record"):
        store.read(replace(place, sha256="0" * 64))
    with pytest.raises(WarcError, match="no record"):
        store.read(replace(place, offset=place.offset + 3))
    store.close()


def test_a_read_page_knows_its_place(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    places = [store.write(f"http://a.example/{n}", 200, "OK", [], b"body") for n in range(3)]
    assert [store.read(place).raw for place in places] == places
    store.close()


@pytest.mark.parametrize("cut", [20, 5_000, 9_000])
def test_a_torn_record_is_not_taken_for_a_whole_one(tmp_path: Path, cut: int) -> None:
    store = RawStore(tmp_path)
    whole = store.write("http://a.example/whole", 200, "OK", [], b"body")
    store.write("http://a.example/torn", 200, "OK", [], random.Random(1).randbytes(10_000))
    store.close()
    (file,) = tmp_path.glob("*.warc.gz")
    file.write_bytes(file.read_bytes()[:-cut])
    assert [page.raw for page in store.iterate()] == [whole]


def test_warcio_reads_it_record_by_record(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.write("http://a.example/", 200, "OK", HEADERS, b"body")
    store.close()
    with next(tmp_path.glob("*.warc.gz")).open("rb") as file:
        records = [(record.rec_type, record.rec_headers.protocol) for record in ArchiveIterator(file)]
    assert records == [("warcinfo", "WARC/1.1"), ("response", "WARC/1.1")]


def test_a_killed_writer_leaves_whole_records(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, os\n"
        "from archive.warc import RawStore\n"
        "store = RawStore(pathlib.Path(sys.argv[1]))\n"
        "for n in range(10000):\n"
        "    place = store.write(f'http://a.example/{n}', 200, 'OK', [], os.urandom(5000))\n"
        "    print(place.offset, place.sha256, flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    written = [writer.stdout.readline().split() for _ in range(50)]
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    assert [path.suffix for path in tmp_path.iterdir()] == [".open"]
    found = {(str(page.raw.offset), page.raw.sha256) for page in RawStore(tmp_path).iterate()}
    assert found >= {(offset, digest) for offset, digest in written}
