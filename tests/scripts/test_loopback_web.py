import gzip
import http.client
import os
import subprocess
import sys
import threading
import time
import urllib.error
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.scripts.client import get

PAGE = b"<p>The quick brown fox.</p>" * 20
MODIFIED = "Wed, 07 Sep 2022 08:00:00 GMT"


def respond(request: ProxyRequest) -> ProxyResponse | None:
    if request.host not in ("one.example", "two.example"):
        return None
    if request.target == "/slow":
        return ProxyResponse(body=b"late", delay=0.3)
    if request.target == "/moved":
        return ProxyResponse(status=302, headers={"Location": "http://two.example/here"})
    if request.target == "/gone":
        return ProxyResponse(status=410, body=b"gone")
    if request.target == "/picture":
        return ProxyResponse(headers={"Content-Type": "image/png"}, body=PAGE)
    if request.target == "/packed":
        headers = {"content-type": "text/html", "content-encoding": "gzip"}
        return ProxyResponse(headers=headers, body=gzip.compress(PAGE))
    if request.target == "/page":
        return ProxyResponse(headers={"Content-Type": "text/html", "Last-Modified": MODIFIED}, body=PAGE)
    echo = f"{request.method} {request.url} {request.headers.get('x-test', '')}"
    return ProxyResponse(headers={"Content-Type": "text/plain; charset=utf-8"}, body=echo.encode())


@pytest.fixture(scope="module")
def web() -> Iterator[LoopbackWeb]:
    with LoopbackWeb(respond) as running:
        yield running


def test_every_host_is_a_site_of_its_own(web: LoopbackWeb) -> None:
    assert get(web.proxy_url, "http://one.example/a?b=%20c").body == b"GET http://one.example/a?b=%20c "
    assert get(web.proxy_url, "http://TWO.example:80/").body == b"GET http://two.example/ "
    assert get(web.proxy_url, "http://one.example", headers={"X-Test": "yes"}).body.endswith(b"/ yes")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.from_regex(r"/[a-z0-9%./~_-]{0,12}(\?[a-z0-9=&%+:/?-]{0,12})?", fullmatch=True))
def test_any_target_arrives_as_it_was_sent(web: LoopbackWeb, target: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(web.proxy_url).port, timeout=10)
    try:
        connection.request("GET", f"http://one.example{target}")
        assert connection.getresponse().read().decode() == f"GET http://one.example{target} "
    finally:
        connection.close()


def test_unknown_hosts_and_ports_are_refused_and_never_forwarded(web: LoopbackWeb) -> None:
    for url in ("http://three.example/", "http://one.example:8080/", "http://127.0.0.1:1/"):
        answer = get(web.proxy_url, url)
        assert answer.status == 502
        assert b"nothing is forwarded" in answer.body


def test_https_is_refused(web: LoopbackWeb) -> None:
    with pytest.raises(urllib.error.URLError, match="501"):
        get(web.proxy_url, "https://one.example/")
    assert web.requests[-1][1:4] == ("CONNECT", "one.example:443", 501)


def test_a_request_that_is_not_a_proxy_s_says_what_to_do(web: LoopbackWeb) -> None:
    answer = get("", f"{web.proxy_url}/page")
    assert answer.status == 400
    assert b"http_proxy" in answer.body


def test_etag_gives_304_for_the_same_form(web: LoopbackWeb) -> None:
    plain = get(web.proxy_url, "http://one.example/page")
    packed = get(web.proxy_url, "http://one.example/page", headers={"Accept-Encoding": "gzip, br"})
    assert plain.headers["ETag"] != packed.headers["ETag"]
    for answer, accepted in ((plain, "identity"), (packed, "gzip")):
        headers = {"If-None-Match": f'"other", {answer.headers["ETag"]}', "Accept-Encoding": accepted}
        again = get(web.proxy_url, "http://one.example/page", headers=headers)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    changed = get(web.proxy_url, "http://one.example/page", headers={"If-None-Match": '"other"'})
    assert changed.status == 200


def test_last_modified_gives_304(web: LoopbackWeb) -> None:
    headers = {"If-Modified-Since": MODIFIED}
    assert get(web.proxy_url, "http://one.example/page", headers=headers).status == 304
    headers["If-None-Match"] = '"other"'
    assert get(web.proxy_url, "http://one.example/page", headers=headers).status == 200


def test_gzip_only_where_accepted_and_useful(web: LoopbackWeb) -> None:
    accept = {"Accept-Encoding": "gzip"}
    packed = get(web.proxy_url, "http://one.example/page", headers=accept)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == PAGE
    assert get(web.proxy_url, "http://one.example/page").body == PAGE
    assert get(web.proxy_url, "http://one.example/picture", headers=accept).body == PAGE
    assert gzip.decompress(get(web.proxy_url, "http://one.example/packed", headers=accept).body) == PAGE


def test_head_is_get_without_the_body(web: LoopbackWeb) -> None:
    head = get(web.proxy_url, "http://one.example/page", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(PAGE))
    assert head.headers["ETag"] == get(web.proxy_url, "http://one.example/page").headers["ETag"]


def test_status_redirect_and_delay(web: LoopbackWeb) -> None:
    gone = get(web.proxy_url, "http://one.example/gone")
    assert (gone.status, gone.body, gone.headers["ETag"]) == (410, b"gone", None)
    assert get(web.proxy_url, "http://one.example/moved", follow=False).status == 302
    assert get(web.proxy_url, "http://one.example/moved").url == "http://two.example/here"
    start = time.monotonic()
    assert get(web.proxy_url, "http://one.example/slow").body == b"late"
    assert time.monotonic() - start >= 0.3


def test_a_slow_answer_holds_up_no_other(web: LoopbackWeb) -> None:
    slow = threading.Thread(target=get, args=(web.proxy_url, "http://one.example/slow"))
    slow.start()
    before = len(web.requests)
    get(web.proxy_url, "http://two.example/quick")
    assert web.requests[before].url == "http://two.example/quick"
    slow.join()


def test_an_answer_can_be_cut() -> None:
    with LoopbackWeb(lambda _: ProxyResponse(body=b"x" * 1000, cut=True)) as web:
        with pytest.raises(http.client.IncompleteRead):
            get(web.proxy_url, "http://one.example/")
        assert [entry.status for entry in web.requests] == [200]
        assert web.requests[0].started <= web.requests[0].time


def test_the_log_holds_every_request_in_order() -> None:
    with LoopbackWeb(respond) as web:
        start = time.time()
        get(web.proxy_url, "http://one.example/a")
        get(web.proxy_url, "http://two.example/gone", method="HEAD")
        assert [entry[1:4] for entry in web.requests] == [
            ("GET", "http://one.example/a", 200),
            ("HEAD", "http://two.example/gone", 410),
        ]
        assert all(start <= entry.time <= time.time() for entry in web.requests)
        assert web.urls("two.example") == ["http://two.example/gone"]
        assert len(web.urls()) == 2


def test_a_port_in_use_is_an_os_error_and_leaves_no_thread(web: LoopbackWeb) -> None:
    threads = threading.active_count()
    taken = urlsplit(web.proxy_url).port
    assert taken
    with pytest.raises(OSError, match="address already in use"), LoopbackWeb(respond, taken):
        pass
    assert threading.active_count() == threads


def test_the_web_stops_with_its_block() -> None:
    with LoopbackWeb(respond) as web:
        assert get(web.proxy_url, "http://one.example/").status == 200
    with pytest.raises(urllib.error.URLError):
        get(web.proxy_url, "http://one.example/")


def test_scrapy_crawls_through_it(web: LoopbackWeb) -> None:
    command = [sys.executable, "-m", "scrapy", "fetch", "--nolog", "-s", "TELNETCONSOLE_ENABLED=0"]
    environment = {"PATH": os.environ["PATH"], "http_proxy": web.proxy_url, "SCRAPY_SETTINGS_MODULE": "json"}
    done = subprocess.run(
        [*command, "http://two.example/scrapy?x=1"],
        env=environment,
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == b"GET http://two.example/scrapy?x=1"
