"""kill -9 at random moments: nothing archived is lost, nothing is there twice, all is there in the end."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from archive import open_archive
from tests.crawl.conftest import ROOT, SAMPLE_SOURCES, SEED, archived, command, environment, ledger_rows, run

ARGS = ("crawl", "related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60")


def kill_at(state: Path, proxy: str, seconds: float) -> None:
    process = subprocess.Popen(
        command(*ARGS),
        cwd=ROOT,
        env=environment(state, proxy),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    "kills", [3, pytest.param(10, marks=pytest.mark.long)], ids=["three kills", "ten kills"]
)
def test_killed_again_and_again(
    tmp_path: Path, sample_web: Any, manifest: dict[str, Any], kills: int
) -> None:
    chance = random.Random(kills)
    kept: set[str] = set()
    for _ in range(kills):
        kill_at(tmp_path, sample_web.proxy_url, chance.uniform(2.0, 6.0))
        archive = open_archive("embedded:", tmp_path)
        now_kept = {article.id for article in archive.iterate()}
        archive.close()
        assert now_kept >= kept, "an archived article is gone"
        kept = now_kept
    done = run(tmp_path, *ARGS, proxy=sample_web.proxy_url)
    assert done.returncode == 0, done.stderr
    rows = ledger_rows(tmp_path)
    assert {row["state"] for row in rows.values()} & {"pending", "leased"} == set()
    articles = archived(tmp_path)
    assert kept <= {article.id for article in articles.values()}
    texts = Counter((article.site, article.article_body) for article in articles.values())
    assert [place for place, count in texts.items() if count > 1] == []
    wanted = [row for row in manifest["announced"] if row["expected"] == "archived"]
    settled = {url.partition("?utm_")[0]: row for url, row in rows.items()}
    for row in wanted:
        state = settled[row["url"]]["state"]
        assert state in ("archived", "duplicate"), f"{row['url']}: {state}"
    assert len(articles) >= len(wanted)
