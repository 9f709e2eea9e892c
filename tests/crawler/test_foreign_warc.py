import gzip
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.errors import WarcError
from crawler.foreign_warc import Place, read_at, scan

URLS = [f"http://paper.example/{n}" for n in range(4)]


def warc(*, packed: bool) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=packed)
    for url in URLS:
        head = StatusAndHeaders("200 OK", [("Content-Type", "text/html; charset=utf-8")], "HTTP/1.1")
        body = f"<html><title>{url}</title>".encode()
        about = {"WARC-Date": "2022-09-08T04:29:07Z"}
        writer.write_record(
            writer.create_warc_record(
                url, "response", BytesIO(body), len(body), http_headers=head, warc_headers_dict=about
            )
        )
    return out.getvalue()


FILES = [warc(packed=True), warc(packed=False)]


def found_in(path: Path) -> tuple[list[str], str]:
    """Addresses of the pages that can be read, and the problem with the others."""
    urls = []
    try:
        for url, offset in scan(path):
            urls.append(url)
            assert read_at(Place(path, offset)).url == url
    except WarcError as error:
        return urls, str(error)
    return urls, ""


@pytest.mark.parametrize("data", FILES, ids=["gzip", "plain"])
def test_every_page_is_found_and_read(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(data)
    assert found_in(path) == (URLS, "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.sampled_from(FILES), share=st.floats(0, 1, exclude_max=True))
def test_a_torn_file_gives_what_it_has_and_one_line(tmp_path: Path, data: bytes, share: float) -> None:
    path = tmp_path / "x.warc"
    size = 1 + int(share * (len(data) - 1))
    path.write_bytes(data[:size])
    urls, problem = found_in(path)
    assert urls == URLS[: len(urls)]
    cut_between = data[size:].lstrip(b"\r\n").startswith((b"WARC/", b"\x1f\x8b")) or urls == URLS
    assert bool(problem) != cut_between
    assert "\n" not in problem


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.sampled_from(FILES), share=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_damaged_byte_is_never_worse_than_a_line(
    tmp_path: Path, data: bytes, share: float, change: int
) -> None:
    path = tmp_path / "x.warc"
    damaged = bytearray(data)
    damaged[int(share * len(data))] ^= change
    path.write_bytes(damaged)
    problem = ""
    try:
        for _, offset in scan(path):
            read_at(Place(path, offset))
    except WarcError as error:
        problem = str(error)
    assert "\n" not in problem


def test_the_pages_after_a_damaged_one_are_found(tmp_path: Path) -> None:
    path = tmp_path / "x.warc.gz"
    data = bytearray(FILES[0])
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    urls, problem = found_in(path)
    assert len(urls) == 3
    assert urls[-1] == URLS[-1]
    assert "cannot be read at byte" in problem


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (gzip.compress(FILES[1]), "`warcio recompress` makes one of each"),
        (b"%PDF-1.4 is none", "cannot be read at byte 0 (no WARC record)"),
    ],
    ids=["one member", "another form"],
)
def test_what_is_no_such_file_is_named(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(data)
    urls, told = found_in(path)
    assert urls == []
    assert told.startswith(f"{path}: ")
    assert problem in told


def test_a_record_of_another_type_is_no_page(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    path.write_bytes(FILES[1])
    with pytest.raises(WarcError, match="no page can be read at byte 7"):
        read_at(Place(path, 7))
