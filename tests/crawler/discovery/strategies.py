"""Bytes as a bad server sends them: at random, or a real list cut, mixed and damaged."""

from hypothesis import strategies as st

from tests.crawler.discovery.fixture_files import all_saved

_PARTS = [
    b"<?xml version='1.0' encoding='utf-16'?>",
    b"<!DOCTYPE a [<!ENTITY x '&x;'>]>",
    b"<rss>",
    b"<channel>",
    b"<item>",
    b"<link>",
    b"http://[",
    b"</item>",
    b"<urlset>",
    b"<url>",
    b"<loc>",
    b"</loc>",
    b"<sitemapindex>",
    b"&#xD800;",
    b"&nbsp;",
    b"<![CDATA[",
    b"]]>",
    b"{",
    b'"items":[',
    b"[" * 50,
    b"\x1f\x8b\x08",
    b"\xff\xfe",
    b"\x00",
    b"<a href=",
    b"<html>",
    b"http://a.example/2022/09/08/",
    b"Sitemap: ",
    b"<pubDate>99999999999999999999</pubDate>",
    b"\xd1\x80",
    b"<feed xmlns='http://www.w3.org/2005/Atom'>",
    b"<entry>",
    b"<updated>0000-00-00T99:99</updated>",
    b"charset=idna",
]


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    body = bytearray(draw(st.sampled_from(all_saved())))
    start = draw(st.integers(0, len(body)))
    body[start : start + draw(st.integers(0, 40))] = draw(st.binary(max_size=20))
    return bytes(body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body)


any_bytes = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(_PARTS), max_size=14).map(b"".join), _damaged()
)
