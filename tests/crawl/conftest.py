import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archive import open_archive
from archive.article import Article
from archive.query import parse_query
from crawler.ledger import Ledger
from scripts.loopback_web import LoopbackWeb
from scripts.sample_site import build

ROOT = Path(__file__).resolve().parents[2]
SAMPLE_SOURCES = "seeds/sample-web/sources.yml"
SEED = "seeds/kim-putin.txt"
TIME_LIMIT = 240
"""Seconds for one crawl of a test; the sample crawl takes about 15 on two idle cores."""

Run = subprocess.CompletedProcess[str]


def command(*args: str) -> list[str]:
    """A command line of ours, as the console script runs it."""
    return [sys.executable, "-c", "from crawler.cli import main; main()", *args]


def environment(state: Path, proxy: str = "", **values: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    for name in ("ARCHIVE_URL", "LEDGER_URL", "CONTACT"):
        kept.pop(name, None)
    return kept | {"STATE_DIR": str(state), "http_proxy": proxy, "PYTHONPATH": str(ROOT)} | values


def run(state: Path, *args: str, proxy: str = "", **values: str) -> Run:
    """Run a command to its end."""
    return subprocess.run(
        command(*args),
        cwd=ROOT,
        env=environment(state, proxy, **values),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )


@pytest.fixture(scope="session")
def sample_web() -> Iterator[LoopbackWeb]:
    """The sample web, served for the whole test run."""
    with LoopbackWeb(build().respond) as web:
        yield web


@pytest.fixture(scope="session")
def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((ROOT / "seeds/sample-web/manifest.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def crawl(tmp_path: Path, sample_web: LoopbackWeb) -> Callable[..., Run]:
    """Run a spider over the sample web with the state in `tmp_path`."""

    def crawl_sample(spider: str, *args: str, **values: str) -> Run:
        return run(tmp_path, "crawl", spider, *args, proxy=sample_web.proxy_url, **values)

    return crawl_sample


def archived(state: Path) -> dict[str, Article]:
    """All archived articles by the URL they were announced under."""
    archive = open_archive("embedded:", state)
    found = {article.announced_url: article for article in archive.iterate(parse_query("*"))}
    archive.close()
    return found


def ledger_rows(state: Path) -> dict[str, dict[str, Any]]:
    """All rows of the ledger by announced URL."""
    ledger = Ledger(f"sqlite:///{state / 'ledger.sqlite'}")
    rows = {row["url"]: row for row in ledger.rows()}
    ledger.close()
    return rows
