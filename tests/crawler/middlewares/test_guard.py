import pytest
from scrapy import Request, Spider
from scrapy.utils.test import get_crawler

from crawler.middlewares.guard import Forbidden, Guard, NoContact


def guard(**settings: object) -> Guard:
    crawler = get_crawler(Spider, settings_dict={"CONTACT": "", **settings})
    crawler._apply_settings()
    return Guard.from_crawler(crawler)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8080/",
        "http://a.localhost/",
        "http://10.1.2.3/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[fd00::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0.0.0.0/",
        "http://localhost./",
        "http://foo.localhost./",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[::127.0.0.1]/",
    ],
)
async def test_private_addresses_are_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(Forbidden):
        await guard(CONTACT="me@example.org").process_request(Request(url))


async def test_private_addresses_can_be_allowed_and_need_no_contact_on_loopback() -> None:
    await guard(ALLOW_PRIVATE_ADDRESSES=True).process_request(Request("http://127.0.0.1/"))


async def test_the_live_web_needs_a_contact() -> None:
    with pytest.raises(NoContact, match="CONTACT"):
        await guard().process_request(Request("http://93.184.216.34/"))
    await guard(CONTACT="me@example.org").process_request(Request("http://93.184.216.34/"))


async def test_a_web_behind_a_loopback_proxy_needs_no_contact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:3128")
    watch = guard()
    await watch.process_request(Request("http://tagblatt.example/"))
    with pytest.raises(Forbidden):
        await watch.process_request(Request("http://10.0.0.1/"))
    with pytest.raises(NoContact):
        await watch.process_request(Request("https://93.184.216.34/"))
    monkeypatch.setenv("no_proxy", "93.184.216.34")
    with pytest.raises(NoContact):
        await watch.process_request(Request("http://93.184.216.34/"))
