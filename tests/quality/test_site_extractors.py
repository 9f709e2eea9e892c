"""A site's extractor is never below the generic one on the development pages of its hosts."""

import pytest

from benchmarks import extraction
from tests.quality.floors import SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="the development pages are not here")


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_no_site_extractor_is_below_the_generic_one(every: int) -> None:
    scorer = extraction.load_scorer(SHARED)
    by_host = extraction.of_sites(extraction.load_rows(SHARED))
    worse = []
    for host in list(by_host)[::every]:
        generic, own = extraction.host_scores(SHARED, scorer, by_host[host])
        worse += [
            f"{host}: {name} {own[name]:.4f}, generic {generic[name]:.4f}"
            for name in ("text", *extraction.FIELDS)
            if name in generic and own[name] < generic[name] - 1e-9
        ]
    assert len(by_host) >= 12
    assert worse == []
