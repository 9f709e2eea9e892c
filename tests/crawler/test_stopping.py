import asyncio

import pytest

from crawler import stopping
from crawler.settling import Ending
from crawler.stopping import Deadline


async def quick() -> str:
    return "done"


async def wrong() -> str:
    raise ValueError("its own")


async def test_work_that_ends_in_time_gives_what_it_gives() -> None:
    deadline = Deadline()
    deadline.begin()
    assert await deadline.keep(quick()) == "done"
    with pytest.raises(ValueError, match="its own"):
        await deadline.keep(wrong())


async def test_work_that_outlasts_the_stop_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping, "STOP_SECONDS", 0.05)
    ended = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    deadline = Deadline()
    deadline.begin()
    with pytest.raises(Ending):
        await deadline.keep(long())
    assert ended.is_set()


async def test_who_waits_for_the_work_can_be_cancelled() -> None:
    waiting = asyncio.ensure_future(Deadline().keep(asyncio.sleep(60)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
