import gzip
import logging

import pytest
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.utils.log import configure_logging, get_scrapy_root_handler

from archive.errors import PageError
from crawler.decompression import _middleware, decompressed


def response(body: bytes, encoding: str) -> Response:
    return Response("http://a.example/", body=body, headers={"Content-Encoding": encoding})


def test_an_encoding_is_undone() -> None:
    assert decompressed(response(gzip.compress(b"text"), "gzip")).body == b"text"


def test_a_broken_one_is_said() -> None:
    with pytest.raises(PageError, match=r"http://a\.example/: its content-encoding cannot be undone"):
        decompressed(response(b"\x1f\x8b\x08\x00broken", "gzip"))


def test_the_log_of_the_command_stays_as_it_is() -> None:
    """A crawler of Scrapy's default settings would let libraries write DEBUG lines to the terminal."""
    configure_logging(Settings({"LOG_ENABLED": False}))
    try:
        _middleware.cache_clear()
        decompressed(response(gzip.compress(b"text"), "gzip"))
        assert isinstance(get_scrapy_root_handler(), logging.NullHandler)
    finally:
        handler = get_scrapy_root_handler()
        if handler is not None:
            logging.root.removeHandler(handler)
