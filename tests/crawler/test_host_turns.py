from datetime import timedelta

from archive.clock import now
from crawler.host_turns import HostTurns


def test_a_host_is_left_when_its_last_holder_is_done() -> None:
    turns = HostTurns(5.0, {"slow.example": 20.0})
    for host, holder in [("a.example", "page 1"), ("a.example", "page 2"), ("slow.example", "page 2")]:
        turns.enter(host, holder)
    assert turns.leave("page 1") == {}
    before = now()
    left = turns.leave("page 2")
    assert set(left) == {"a.example", "slow.example"}
    assert timedelta(seconds=5) <= left["a.example"] - before < timedelta(seconds=6)
    assert left["slow.example"] - before >= timedelta(seconds=20)
    assert not turns.holds("a.example")
    assert turns.leave("page 2") == {}


def test_a_pause_and_a_longer_delay_count_for_the_next_one() -> None:
    turns = HostTurns(0.0, {})
    until = now() + timedelta(minutes=10)
    turns.enter("a.example", "feed")
    turns.enter("b.example", "feed")
    turns.pause("a.example", until)
    turns.slow("b.example", 30.0)
    left = turns.leave_all()
    assert left["a.example"] == until
    assert left["b.example"] > now() + timedelta(seconds=29)
    assert turns.delay("b.example") == 30.0
