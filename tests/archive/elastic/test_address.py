from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.elastic.address import Address, Credentials
from archive.errors import ArchiveError


@pytest.mark.parametrize(
    ("url", "server", "location"),
    [
        ("http://127.0.0.1:9277/news", "http://127.0.0.1:9277", "http://127.0.0.1:9277/news"),
        ("https://ES.example.org/news", "https://es.example.org:9200", "https://es.example.org:9200/news"),
        ("https://h:443/news/", "https://h:443", "https://h:443/news"),
        ("https://proxy/es/v1/my_news-2", "https://proxy:9200/es/v1", "https://proxy:9200/es/v1/my_news-2"),
        ("http://[::1]:9200/news", "http://[::1]:9200", "http://[::1]:9200/news"),
        ("http://u:p@elastic_1:9200/news", "http://elastic_1:9200", "http://elastic_1:9200/news"),
        ("cloud:news", "the cluster of ELASTICSEARCH_CLOUD_ID", "cloud:news"),
    ],
)
def test_forms(url: str, server: str, location: str) -> None:
    address = Address.parse(url)
    assert address.server == server
    assert address.location == str(address) == location
    assert Address.parse(location).location == location


def test_parts() -> None:
    address = Address.parse("https://crawl%40er:p%3Aa%2Fs%C3%B6%25@[2001:db8::1]:9243/es/news")
    assert (address.user, address.password) == ("crawl@er", "p:a/sö%")
    assert (address.scheme, address.host, address.port) == ("https", "2001:db8::1", 9243)
    assert (address.prefix, address.base) == ("/es", "news")


def test_loopback() -> None:
    for url, expected in (
        ("http://localhost/news", True),
        ("http://127.3.2.1/news", True),
        ("http://[::1]/news", True),
        ("http://192.0.2.1/news", False),
        ("https://es.example.org/news", False),
        ("cloud:news", False),
    ):
        assert Address.parse(url).is_loopback is expected, url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://es.example.org:9200", "has no base name"),
        ("https://es.example.org:9200/", "has no base name"),
        ("cloud:", "has no base name"),
        ("http://h:9200/News", "has a base name other than"),
        ("http://h:9200/-news", "has a base name other than"),
        ("http://h:9200/a,b", "has a base name other than"),
        ("http://h:9200/ne%77s", "has a base name other than"),
        ("http://h:9200/" + 101 * "n", "has a base name other than"),
        ("cloud:geheim@news", "has a base name other than"),
        ("http://h:9200/ä/news", "has a path that is not percent-encoded"),
        ("http://h:geheim/news", "has a port that is not a number"),
        ("http://elastic:geheim", "has a port that is not a number"),
        ("http://h:0/news", "has a port that is not a number"),
        ("http://h:/news", "has a port that is not a number"),
        ("http://h:65536/news", "has a port that is not a number"),
        ("http://u:ge/heim@h:9200/news", r"has a \? or #, or an @ after a /"),
        ("http://u:ge#heim@h:9200/news", r"has a \? or #, or an @ after a /"),
        ("http://u:ge?heim@h:9200/news", r"has a \? or #, or an @ after a /"),
        ("http://h:9200/news?api_key=geheim", r"has a \? or #"),
        ("http://u@h:9200/news", "has a user name without a password"),
        ("http://:geheim@h:9200/news", ".* or a password without a user name"),
        ("http://a%3Ab:geheim@h:9200/news", "has a colon in its user name"),
        ("http://u:%ff@h:9200/news", "has a user name or password that is not UTF-8"),
        ("http://[::g]:9200/news", "is not a URL|has a host that is neither"),
        ("http://[127.0.0.1]:9200/news", "is not a URL|has a host that is neither"),
        ("http://[::1:9200/news", "is not a URL"),
        ("http://a..b:9200/news", "has a host that is neither"),
        ("http://zeitung.köln:9200/news", "has a host that is neither"),
        (f"http://{64 * 'a'}.example:9200/news", "has a host that is neither"),
        ("http://h :9200/news", "holds blanks"),
        ("http://h:9200/news\n", "holds blanks"),
        ("ftp://h/news", "is not understood"),
        ("http:news", "is not understood"),
        ("", "is not understood"),
    ],
)
def test_refused(url: str, message: str) -> None:
    with pytest.raises(ArchiveError, match=f"^ARCHIVE_URL ({message})") as caught:
        Address.parse(url)
    assert "write it as http(s)://[user:password@]host:9200/news or cloud:news" in str(caught.value)
    assert "geheim" not in str(caught.value)
    assert "heim" not in str(caught.value)
    assert "\n" not in str(caught.value)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(user=WORDS.filter(lambda text: ":" not in text), password=WORDS)
def test_any_user_and_password_come_through(user: str, password: str) -> None:
    url = f"https://{quote(user, safe='')}:{quote(password, safe='')}@es.example.org:9243/news"
    address = Address.parse(url)
    assert (address.user, address.password) == (user, password)
    assert str(address) == "https://es.example.org:9243/news"
    assert repr(address) == repr(Address.parse(str(address)))


PIECES = st.text(st.sampled_from("ahz09:/@?#[]%.-_ \\\n\tä\u2100"), max_size=12)


def shown(url: str) -> str:
    """All that may be seen of an ARCHIVE_URL: the message about it, or the address as text."""
    try:
        address = Address.parse(url)
    except ArchiveError as error:
        return str(error)
    return f"{address} {address!r}"


@given(before=PIECES, between=PIECES, after=PIECES)
def test_no_text_shows_what_may_be_a_password(before: str, between: str, after: str) -> None:
    for start in ("http://", "cloud:", ""):
        text = shown(f"{start}{before}geheim{between}@{after}")
        assert "geheim" not in text
        assert "\n" not in text


def test_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_KEY", "CA_CERTS", "CLOUD_ID"):
        monkeypatch.delenv(f"ELASTICSEARCH_{name}", raising=False)
    assert Credentials.from_environment() == Credentials()
    monkeypatch.setenv("ELASTICSEARCH_API_KEY", " c2VjcmV0LWtleQ==\n")
    monkeypatch.setenv("ELASTICSEARCH_CA_CERTS", "ca.pem")
    monkeypatch.setenv("ELASTICSEARCH_CLOUD_ID", "name:Zm9v")
    found = Credentials.from_environment()
    assert found == Credentials(api_key="c2VjcmV0LWtleQ==", ca_certs="ca.pem", cloud_id="name:Zm9v")
    assert "c2VjcmV0" not in repr(found)


@pytest.mark.parametrize("key", ["id:geheim", "ge heim", "geheim\r\nX-Evil: 1", "gehéim"])
def test_an_api_key_that_is_none(key: str) -> None:
    with pytest.raises(ArchiveError, match="^ELASTICSEARCH_API_KEY is not an API key; set it to") as caught:
        Credentials(api_key=key)
    assert "geheim" not in str(caught.value)
