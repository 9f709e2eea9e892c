import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.errors import PageError
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle
from crawler.reading import ReadingPool

ROOT = Path(__file__).parents[2]
LIMIT = 0.8
READER = "tests.crawler.reading_doubles:read"


def page(what: str) -> Page:
    return Page(
        url="http://outlet.example/a", body=what.encode(), fetched_at=datetime(2022, 9, 8, tzinfo=UTC)
    )


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


@pytest.fixture
async def pool() -> AsyncIterator[ReadingPool]:
    pool = ReadingPool(1, LIMIT, reader=READER)
    yield pool
    await pool.close()


async def test_an_article_comes_back_whole() -> None:
    text = "".join(
        f"<p>Am {day} liefen drei Schiffe mit Mais für Ägypten aus, wie der Hafenmeister sagte.</p>"
        for day in ("Montag", "Dienstag", "Freitag", "Samstag")
    )
    pool = ReadingPool(1, 30)
    article = await pool.read(
        page(f"<html lang=de><title>x</title><h1>Drei Schiffe verlassen den Hafen</h1>{text}")
    )
    await pool.close()
    assert article.headline == "Drei Schiffe verlassen den Hafen"
    assert article.in_language == "de"
    assert article.date_fetched == datetime(2022, 9, 8, tzinfo=UTC)


async def test_misbehaving_pages_are_one_line_each_and_the_next_page_is_read(pool: ReadingPool) -> None:
    for what in ("segfault", "exit"):
        with pytest.raises(PageError, match=r"^http://outlet.example/a: ended the process that read it"):
            await pool.read(page(what))
        assert (await pool.read(page("next"))).headline == "next"
    before = (await pool.read(page("who"))).id
    with pytest.raises(
        PageError,
        match=r"^http://outlet.example/a: could not be read \(ValueError: odd markup in two lines\)$",
    ):
        await pool.read(page("value error"))
    with pytest.raises(PageError, match="SystemExit: bye"):
        await pool.read(page("system exit"))
    with pytest.raises(NotAnArticle) as refused:
        await pool.read(page("refuse"))
    assert refused.value.reason == "bot_wall"
    assert (await pool.read(page("print"))).id == before  # none of these cost the worker


@pytest.mark.parametrize("what", ["loop", "regex"])
async def test_a_hung_page_is_over_at_the_limit_and_the_loop_stays_free(pool: ReadingPool, what: str) -> None:
    worker = int((await pool.read(page("who"))).id)
    gaps = [0.0]

    async def tick() -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    ticking = asyncio.create_task(tick())
    start = time.monotonic()
    with pytest.raises(PageError, match=r"^http://outlet.example/a: took longer than 0.8 s to read$"):
        await pool.read(page(what))
    assert LIMIT <= time.monotonic() - start < LIMIT + 1
    ticking.cancel()
    assert max(gaps) < 0.5
    assert gone(worker, 1)
    assert (await pool.read(page("next"))).headline == "next"


async def test_waiting_for_a_worker_is_not_counted(pool: ReadingPool) -> None:
    slow = [pool.read(page("sleep 0.3")) for _ in range(4)]  # 1.2 s one after the other
    assert len(await asyncio.gather(*slow)) == 4


async def test_a_cancelled_read_ends_its_worker(pool: ReadingPool) -> None:
    worker = int((await pool.read(page("who"))).id)
    reading = asyncio.create_task(pool.read(page("loop")))
    await asyncio.sleep(0.2)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert gone(worker, 1)
    assert (await pool.read(page("next"))).headline == "next"


async def test_a_worker_that_died_idle_is_replaced(pool: ReadingPool) -> None:
    worker = int((await pool.read(page("who"))).id)
    os.kill(worker, signal.SIGKILL)
    assert gone(worker, 2)
    await asyncio.sleep(0.2)
    assert (await pool.read(page("next"))).headline == "next"


async def test_close_ends_the_workers_and_refuses_pages() -> None:
    pool = ReadingPool(2, LIMIT, reader=READER)
    await pool.warm_up()
    found = await asyncio.gather(pool.read(page("sleep 0.2")), pool.read(page("sleep 0.2")))
    workers = {int(article.id) for article in found}
    assert len(workers) == 2
    await pool.close()
    assert all(gone(worker, 1) for worker in workers)
    with pytest.raises(PageError, match="the crawl is ending"):
        await pool.read(page("late"))


async def test_a_pool_that_cannot_start_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    pool = ReadingPool(1, LIMIT, reader="no.such.module:read")
    with pytest.raises(PageError, match="did not start"):
        await pool.read(page("x"))
    assert "No module named" in capfd.readouterr().err


PARENT = """
import asyncio, sys
sys.path.insert(0, {root!r})
from crawler.reading import ReadingPool
from tests.crawler.test_reading import page
async def main():
    pool = ReadingPool(1, {limit}, reader={reader!r})
    print((await pool.read(page("who"))).id, flush=True)
    await pool.read(page({what!r}))
if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.parametrize("what", ["regex", "sleep 0"])
def test_workers_end_when_their_parent_is_killed(what: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    tail = "" if what == "regex" else "\n    import time; time.sleep(60)"
    code = PARENT.format(root=str(ROOT), limit=LIMIT, reader=READER, what=what)
    script.write_text(code.replace("\nif __name__", f"{tail}\nif __name__"))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        time.sleep(0.3)
        assert alive(worker)
        parent.kill()
        parent.wait()
        assert gone(worker, LIMIT + 4)


SPIDER = """
import scrapy, sys
sys.path.insert(0, {root!r})
from crawler.reading import ReadingPool
from tests.crawler.test_reading import page
class S(scrapy.Spider):
    name = "s"
    custom_settings = dict(TELNETCONSOLE_ENABLED=False, LOG_LEVEL="INFO")
    async def start(self):
        self.pool = ReadingPool(2, {limit}, reader={reader!r})
        for what in ("one", "loop", "two", "exit", "three"):
            yield scrapy.Request("data:," + what, self.parse, meta=dict(what=what))
    async def parse(self, response):
        try:
            yield dict(read=(await self.pool.read(page(response.meta["what"]))).headline)
        except Exception as error:
            yield dict(error=str(error))
    async def closed_down(self):
        await self.pool.close()
    @classmethod
    def from_crawler(cls, crawler, *args, **kwargs):
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.closed_down, scrapy.signals.spider_closed)
        return spider
"""


def test_inside_a_scrapy_crawl(tmp_path: Path) -> None:
    (tmp_path / "spider.py").write_text(SPIDER.format(root=str(ROOT), limit=LIMIT, reader=READER))
    command = [str(Path(sys.executable).with_name("scrapy")), "runspider", "spider.py", "-o", "-:jsonlines"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(
        line.split(":")[1][2:7].strip('"}') for line in done.stdout.splitlines() if "read" in line[:8]
    ) == ["one", "three", "two"]
    assert done.stdout.count("took longer than") == 1
    assert done.stdout.count("ended the process") == 1
    assert "Traceback" not in done.stderr
    assert "never" not in done.stderr
    assert done.stderr.count("Spider opened") == 1  # no worker ran the command line again
