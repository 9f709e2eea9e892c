"""Several processes on one archive, and processes that are killed."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from archive.embedded.archive import EmbeddedArchive
from archive.query import parse_query
from tests.archive.samples import article

ROOT = Path(__file__).parents[3]

WRITER = """
import asyncio, sys
from pathlib import Path
import archive.embedded.archive as embedded
from tests.archive.samples import article, days

embedded.FOLLOW_EVERY = 40
kept = embedded.EmbeddedArchive(Path(sys.argv[1]))

async def revise(name, count):
    for n in range(count):
        await kept.put([article(name, f"gnu text{n}", date_fetched=days(n))])
        print(n, flush=True)

async def crawl(name, count):
    for n in range(0, count, 5):
        batch = [article(f"{name}-{m}", f"gnu {name} number{m}") for m in range(n, n + 5)]
        results = await kept.put(batch)
        print(*(result.id for result in results if result.outcome == "stored"), flush=True)

asyncio.run((revise if sys.argv[2] == "revised" else crawl)(sys.argv[2], int(sys.argv[3])))
kept.close()
"""


def start(folder: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", WRITER, str(folder), name, str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_two_write_and_one_reads(tmp_path: Path) -> None:
    archive = EmbeddedArchive(tmp_path)
    writers = [start(tmp_path, name, 200) for name in ("one", "two")]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        kept = archive.count()
        total = archive.search(parse_query("gnu")).total
        assert kept <= total  # a search sees at least what was kept before it
        assert total >= seen[-1]
        seen.append(total)
    for writer in writers:
        output, _ = writer.communicate()
        assert writer.returncode == 0
        assert len(output.split()) == 200
    assert archive.search(parse_query("gnu")).total == archive.count() == 400
    assert archive.search(parse_query('"one number7"')).total == 1
    assert len(set(seen)) > 2  # the reader did read meanwhile
    archive.close()


def test_no_revision_is_lost_or_doubled_by_a_kill(tmp_path: Path) -> None:
    writer = start(tmp_path, "revised", 100_000)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(0.2)
    writer.send_signal(signal.SIGKILL)
    acknowledged = int(writer.communicate()[0].split()[-1])
    archive = EmbeddedArchive(tmp_path)
    texts = [one.article_body for one in archive.revisions(article("revised").id)]
    assert len(texts) > acknowledged
    assert texts == [f"gnu text{number}" for number in range(len(texts))]
    assert archive.search(parse_query("as_of:2022-09-01 gnu")).total == 1
    archive.close()


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for number in range(4):
        writer = start(tmp_path, f"w{number}", 100_000)
        assert writer.stdout is not None
        acknowledged.update(writer.stdout.readline().split())
        time.sleep(chance.uniform(0, 0.4))
        writer.send_signal(signal.SIGKILL)
        output, _ = writer.communicate()
        complete = output.rpartition("\n")[0]
        acknowledged.update(complete.split())
        archive = EmbeddedArchive(tmp_path)
        assert acknowledged <= set(archive.get_many(sorted(acknowledged)))
        found = archive.search(parse_query("gnu"))
        assert found.total == archive.count() >= len(acknowledged)
        if number % 2:
            archive.close()  # else its files stay open while the next writer is killed
    again = EmbeddedArchive(tmp_path)
    assert {one.id for one in again.iterate()} >= acknowledged
    assert again.search(parse_query('"gnu w3 number0"')).hits[0].article.id == article("w3-0").id
    again.close()
