"""The sample web, built once and served for the tests of this folder."""

from collections.abc import Iterator

import pytest

from scripts.loopback_web import LoopbackWeb
from scripts.sample_site import SampleWeb, build


@pytest.fixture(scope="session")
def sample() -> SampleWeb:
    return build()


@pytest.fixture(scope="session")
def web(sample: SampleWeb) -> Iterator[LoopbackWeb]:
    with LoopbackWeb(sample.respond) as running:
        yield running
