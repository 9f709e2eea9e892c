"""The index beside a WARC file, and the keys in it."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.warc import RawStore, check_file
from archive.warc.cdxj import surt

LONG = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://archive.org/goo/?a=2&b&a=1", "org,archive)/goo?a=1&a=2&b"),
        ("http://example.com", "com,example)/"),
        ("https://www2.example.com:443/A/B/", "com,example)/a/b"),
        ("https://example.com:444/", "com,example:444)/"),
        ("http://192.168.1.254/info", "254,1,168,192)/info"),
        ("http://[::1]:8080/x", "::1:8080)/x"),
        ("http://user:pw@example.com./x#frag", "com,example)/x"),
        ("http://example.com//a///b/./c/../d", "com,example)/a/b/d"),
        ("http://bücher.example/ü", "example,xn--bcher-kva)/%c3%bc"),
        ("http://EXAMPLE.com/%E4%B8%AD%E6%96%87", "com,example)/%e4%b8%ad%e6%96%87"),
        ("http://example.com/%7Efoo/%2525", "com,example)/~foo/%25"),
        ("http://example.com/a%2Fb%3Fc%23d", "com,example)/a/b?c%23d"),
        ("http://example.com/?", "com,example)/"),
        ("http://example.com/x?q=A+B&Q=c", "com,example)/x?q=a+b&q=c"),
        ("http://example.com/x?a=1&&b=2&", "com,example)/x?&&a=1&b=2"),
        (f"http://example.com/x?PHPSESSID={LONG}&a=1", "com,example)/x?a=1"),
        (f"http://example.com/x?a=1&sid={LONG}", "com,example)/x?&a=1"),
        (f"http://example.com/x?jsessionid={LONG}", "com,example)/x"),
        ("http://example.com/x?CFID=123&CFTOKEN=456&a=1", "com,example)/x?a=1"),
        ("http://example.com/(S(abcdefghijklmnopqrstuvwx))/a.aspx", "com,example)/a.aspx"),
        ("http://example.com/a?b=%zz", "com,example)/a?b=%25zz"),
        (
            "http://news.example.co.uk/2022/09/08/Story-Name.html?Page=2",
            "uk,co,example,news)/2022/09/08/story-name.html?page=2",
        ),
    ],
)
def test_keys_are_those_that_other_programs_make(url: str, key: str) -> None:
    assert surt(url) == key


@given(st.text() | st.text().map(lambda text: f"http://a.example/{text}"))
def test_any_key_is_one_word_of_ascii(url: str) -> None:
    assert len(f"x{surt(url)}".split()) == 1
    assert surt(url).isascii()


def test_the_index_names_every_response_in_order(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    store.write("http://b.example/page", 200, "OK", [("Content-Type", "text/html; charset=x")], b"one")
    page = store.write("http://a.example/", 200, "OK", [("content-type", "text/html")], b"two")
    store.write("http://a.example/gone", 404, "Not Found", [], b"")
    earlier = store.earlier(page)
    assert earlier is not None
    store.write_revisit("http://a.example/", 304, "Not Modified", [("content-type", "text/html")], earlier)
    store.close()
    (index,) = tmp_path.glob("*.cdxj")
    (warc,) = tmp_path.glob("*.warc.gz")
    lines = index.read_text(encoding="ascii").splitlines()
    assert lines == sorted(lines)
    rows = [(line.split(" ", 2)[0], json.loads(line.split(" ", 2)[2])) for line in lines]
    found = [(key, row["mime"], row["status"]) for key, row in rows]
    assert found == [
        ("example,a)/", "text/html", "200"),
        ("example,a)/", "warc/revisit", "304"),
        ("example,a)/gone", "unk", "404"),
        ("example,b)/page", "text/html", "200"),
    ]
    assert rows[0][1] == {
        "url": "http://a.example/",
        "mime": "text/html",
        "status": "200",
        "digest": f"sha256:{page.sha256}",
        "length": rows[0][1]["length"],
        "offset": str(page.offset),
        "filename": warc.name,
    }
    assert rows[1][1]["digest"] == rows[0][1]["digest"], "by which a revisit is resolved"
    with warc.open("rb") as file:
        file.seek(page.offset)
        assert file.read(int(rows[0][1]["length"]))[:2] == b"\x1f\x8b"
    assert all(line.split(" ", 2)[1].isdecimal() and len(line.split(" ", 2)[1]) == 14 for line in lines)


def test_an_index_that_is_missing_is_made_the_same(tmp_path: Path) -> None:
    store = RawStore(tmp_path)
    for n in range(3):
        store.write(f"http://a.example/{n}?x=ä", 200, "OK", [("Content-Type", "text/html")], b"%d" % n)
    store.close()
    (index,) = tmp_path.glob("*.cdxj")
    (warc,) = tmp_path.glob("*.warc.gz")
    written = index.read_bytes()
    index.unlink()
    assert check_file(warc).indexed
    assert index.read_bytes() == written
