import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.url import (
    article_id,
    host_of,
    ledger_key,
    normalize,
    readable,
    registered_domain,
    site_of,
)

BASE = "https://paper.example"
SITE = "https://paper.de"
"""A domain under a real public suffix."""


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Paper.Example", f"{BASE}/"),
        ("https://paper.example:443/a", f"{BASE}/a"),
        ("http://paper.example:80/a", "http://paper.example/a"),
        ("https://paper.example:8443/a", "https://paper.example:8443/a"),
        (f" {BASE}/a\n", f"{BASE}/a"),
        (f"{BASE}/a#top", f"{BASE}/a"),
        ("https://me:secret@paper.example/a", f"{BASE}/a"),
        (f"{BASE}/a/../b/./c", f"{BASE}/b/c"),
        (f"{BASE}/a b/ü", f"{BASE}/a%20b/%C3%BC"),
        (f"{BASE}/A/?Q=1", f"{BASE}/A/?Q=1"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
        (f"{BASE}\\a", f"{BASE}/a"),
        (f"{BASE}/a?utm_source=x&id=7&fbclid=y#z", f"{BASE}/a?id=7"),
        (f"{BASE}/a?UTM_Medium=x&gclid=1&at_campaign=2&xtor=3&ns_source=4", f"{BASE}/a"),
        (f"{BASE}/a?b=2&a=1&&c", f"{BASE}/a?b=2&a=1&c"),
        (f"{BASE}/a?", f"{BASE}/a"),
        (f"{BASE}/a?feature=share&v=1", f"{BASE}/a?v=1"),
        (f"{BASE}/a?feature=video", f"{BASE}/a?feature=video"),
        (f"{BASE}/a?refid=7&ref=x&source=y&trk=z", f"{BASE}/a?refid=7&ref=x&source=y"),
    ],
)
def test_normalize(url: str, normal: str) -> None:
    assert normalize(url) == normal


@pytest.mark.parametrize(
    "url",
    [
        "",
        "paper.example",
        "/a",
        "ftp://paper.example/",
        "mailto:a@b.example",
        "https://",
        "http://[",
        "data:,x",
    ],
)
def test_what_is_no_page_address(url: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        normalize(url)


def test_http_and_https_are_one() -> None:
    assert ledger_key("http://paper.example/a") == ledger_key("https://paper.example/a?utm_source=x#y")
    assert ledger_key("http://paper.example:8080/") != ledger_key("https://paper.example/")
    assert article_id("http://paper.example/a") == hashlib.sha256(b"https://paper.example/a").hexdigest()


@pytest.mark.parametrize(
    ("canonical", "counts"),
    [
        (f"{SITE}/b", True),
        ("http://paper.de/b", True),
        ("https://www.paper.de/b", True),
        ("/b", True),
        ("b?utm_source=x", True),
        ("//amp.paper.de/b", True),
        (SITE, False),
        (f"{SITE}/", False),
        ("https://agency.example/b", False),
        ("", False),
        ("https://[", False),
        ("javascript:void(0)", False),
        ("mailto:a@paper.de", False),
    ],
)
def test_canonical_counts_within_the_domain(canonical: str, counts: bool) -> None:
    url = f"{SITE}/a"
    assert (article_id(url, canonical) != article_id(url)) is counts


def test_canonical_of_two_pages_is_one_article() -> None:
    assert article_id("https://m.paper.co.uk/a?page=1", "https://www.paper.co.uk/a") == article_id(
        "https://www.paper.co.uk/a"
    )
    assert article_id("https://one.co.uk/a", "https://two.co.uk/a") == article_id("https://one.co.uk/a")


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://news.bbc.co.uk/a", "bbc.co.uk"),
        ("https://www.paper.de", "paper.de"),
        ("http://localhost:80/", "localhost"),
        ("http://127.0.0.1/", "127.0.0.1"),
        ("https://someone.github.io/", "someone.github.io"),
        ("nonsense", ""),
    ],
)
def test_registered_domain(url: str, domain: str) -> None:
    assert registered_domain(url) == domain


def test_hosts() -> None:
    assert host_of("https://WWW.Paper.Example:8080/") == "www.paper.example"
    assert site_of("https://WWW.Paper.Example:8080/") == "paper.example"
    assert host_of("") == site_of("paper.example") == ""


def test_readable_is_one_printable_token() -> None:
    assert readable("https://paper.example/a b\n\x1b[31m") == "https://paper.example/a%20b%0A%1B[31m"


words = st.text("abcXYZ019-._~%üé ", max_size=8).map(str.strip)
urls = st.builds(
    lambda scheme, host, path, query: f"{scheme}://{host}.example/{'/'.join(path)}?{'&'.join(query)}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
    st.lists(words, max_size=3),
    st.lists(
        st.builds("{}={}".format, st.sampled_from(["a", "id", "utm_source", "gclid"]), words), max_size=3
    ),
)


@given(urls)
def test_normalizing_twice_is_normalizing_once(url: str) -> None:
    once = normalize(url)
    assert normalize(once) == once
    assert "utm_source=" not in once
    assert "#" not in once


@given(urls, st.sampled_from(["#top", "&utm_campaign=x", "&fbclid=1#a"]))
def test_tracking_makes_no_new_article(url: str, tail: str) -> None:
    assert article_id(url + tail) == article_id(url)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_value_error(text: str) -> None:
    try:
        normal = normalize(f"https://{text}")
    except ValueError:
        return
    assert normalize(normal) == normal


@given(urls, st.text(max_size=40))
def test_any_canonical_gives_an_id(url: str, canonical: str) -> None:
    assert len(article_id(url, canonical)) == 64


@given(st.text(max_size=60))
def test_hosts_of_any_text(text: str) -> None:
    assert isinstance(host_of(text), str)
    assert isinstance(registered_domain(text), str)
