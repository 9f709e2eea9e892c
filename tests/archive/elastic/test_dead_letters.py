import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Article
from archive.elastic.dead_letters import DeadLetters
from archive.errors import ArchiveBusy, ArchiveError
from tests.archive.samples import article

ROOT = Path(__file__).parents[3]

ADDER = """
import sys
from pathlib import Path
from archive.elastic.dead_letters import DeadLetters
from tests.archive.samples import article

dead = DeadLetters(Path(sys.argv[1]))
for n in range(int(sys.argv[3])):
    one = article(f"{sys.argv[2]}-{n}", "long " * 20_000)
    dead.add(one, "mapper says no")
    print(one.id, flush=True)
"""

TAKER = """
import sys, time
from pathlib import Path
from archive.elastic.dead_letters import DeadLetters

dead = DeadLetters(Path(sys.argv[1]))
with dead.take() as letters:
    for one, reason in letters:
        if one.headline.endswith("7"):
            dead.add(one, "still no")
        else:
            print(one.id, flush=True)
        time.sleep(0.002)
"""


@pytest.fixture
def dead(tmp_path: Path) -> DeadLetters:
    return DeadLetters(tmp_path / "state" / "dead-letters.jsonl")


def start(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def filled(dead: DeadLetters, *slugs: str) -> list[Article]:
    articles = [article(slug) for slug in slugs]
    for one in articles:
        dead.add(one, f"no {one.headline}")
    return articles


def taken(dead: DeadLetters) -> list[Article]:
    with dead.take() as letters:
        return [one for one, _ in letters]


def test_nothing_there_makes_no_file(dead: DeadLetters) -> None:
    assert (dead.count(), dead.unreadable(), taken(dead)) == (0, [], [])
    assert not dead.path.parent.exists()


def test_letters_are_lines_of_json(dead: DeadLetters) -> None:
    one = article("a", "Ünï\n日本 \U0001f600 \ud800 \u2028", date_published=datetime(2022, 9, 1, tzinfo=UTC))
    dead.add(one, "the field\nis too long")
    lines = dead.path.read_text().splitlines()
    letter = json.loads(lines[0])
    assert len(lines) == 1
    assert list(letter) == ["at", "reason", "article"]
    assert datetime.fromisoformat(letter["at"]).utcoffset() == UTC.utcoffset(None)
    assert (letter["reason"], letter["article"]) == ("the field\nis too long", one.to_dict())
    with dead.take() as letters:
        assert list(letters) == [(one, "the field\nis too long")]


def test_taken_letters_are_gone_and_failures_come_again(dead: DeadLetters) -> None:
    a, b, c = filled(dead, "a", "b", "c")
    with dead.take() as letters:
        for one, reason in letters:
            assert dead.count() >= 3  # not lost meanwhile
            if one == b:
                dead.add(one, f"again: {reason}")
    assert dead.count() == 1
    with dead.take() as letters:
        assert list(letters) == [(b, "again: no About b")]
    assert dead.count() == 0
    assert sorted(file.name for file in dead.path.parent.iterdir()) == [
        "dead-letters.jsonl.lock",
        "dead-letters.jsonl.taking",
    ]
    dead.add(a, "new")
    assert taken(dead) == [a]
    assert c not in taken(dead)


def test_what_was_not_asked_for_stays(dead: DeadLetters) -> None:
    a, b, c = filled(dead, "a", "b", "c")
    with dead.take() as letters:
        assert next(letters)[0] == a
    assert taken(dead) == [b, c]


def test_after_an_exception_all_are_there_again(dead: DeadLetters) -> None:
    a, b, c = filled(dead, "a", "b", "c")
    with pytest.raises(OSError, match="my own"), dead.take() as letters:  # noqa: PT012
        next(letters)
        dead.add(c, "came meanwhile")
        raise OSError("my own")  # passes as it is
    with pytest.raises(KeyboardInterrupt), dead.take() as letters:
        raise KeyboardInterrupt
    d = filled(dead, "d")[0]
    assert dead.count() == 5
    assert taken(dead) == [a, b, c, c, d]
    assert dead.count() == 0


def test_one_at_a_time_tries_again(dead: DeadLetters) -> None:
    filled(dead, "a")
    with dead.take() as letters:
        with pytest.raises(ArchiveBusy, match="another process is trying the dead letters"):
            taken(dead)
        assert len(list(letters)) == 1
    assert taken(dead) == []


@given(cut=st.integers(1, 400), more=st.integers(0, 2))
def test_torn_line_spoils_no_other(tmp_path_factory: pytest.TempPathFactory, cut: int, more: int) -> None:
    dead = DeadLetters(tmp_path_factory.mktemp("dead") / "d.jsonl")
    a, b = filled(dead, "a", "b")
    os.truncate(dead.path, dead.path.stat().st_size - cut)
    after = filled(dead, *"cd"[:more])
    torn = [] if cut == 1 else [f"{dead.path} line 2: not JSON"]
    assert [fault[: len(torn[0])] for fault in dead.unreadable()] == torn
    assert dead.count() == 2 + more
    assert taken(dead) == [a, *([b] if cut == 1 else []), *after]
    assert dead.count() == len(torn)
    assert taken(dead) == []
    assert len(dead.unreadable()) == dead.count() == len(torn)  # kept, and named by its new place


def test_lines_that_cannot_be_read_are_named_and_kept(dead: DeadLetters) -> None:
    a, b = filled(dead, "a", "b")
    good = dead.path.read_text().splitlines()
    no_id = good[0].replace(a.id, "short")
    broken = ['{"at": "', "[" * 100_000, '"\udcff"']
    odd = [*broken, "[1, 2]", '{"article": {"nonsense": 1}}', '{"article": {}}', no_id]
    lines = [good[0], *odd, "", good[1]]
    dead.path.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    assert dead.count() == 2 + len(odd)
    assert [fault.split(":")[0] for fault in dead.unreadable()] == [
        f"{dead.path} line {n}" for n in range(2, 9)
    ]
    assert dead.unreadable()[-1].endswith("line 8: its id is not 64 hex digits: 'short'")
    assert all("\n" not in fault and len(fault) < 300 for fault in dead.unreadable())
    assert taken(dead) == [a, b]
    kept = dead.path.read_bytes().decode(errors="surrogateescape")
    assert kept == "".join(f"{line}\n" for line in odd)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(sorted(article().to_dict()))


@given(values=st.dictionaries(names, json_values, max_size=4), reason=json_values)
def test_no_edited_line_is_an_accident(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object], reason: object
) -> None:
    dead = DeadLetters(tmp_path_factory.mktemp("dead") / "d.jsonl")
    dead.path.write_text(json.dumps({"reason": reason, "article": article().to_dict() | values}))
    unreadable = len(dead.unreadable())
    assert len(taken(dead)) == 1 - unreadable
    assert dead.count() == unreadable


def test_processes_and_threads_add_at_once(dead: DeadLetters) -> None:
    adders = [start(ADDER, dead.path, name, 30) for name in ("one", "two")]

    def add(number: int) -> str:
        one = article(f"thread-{number}", "long " * 20_000)
        dead.add(one, "no")
        return one.id

    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(add, range(40)))
    for adder in adders:
        output, errors = adder.communicate(timeout=60)
        assert (adder.returncode, errors) == (0, "")
        added += output.split()
    assert dead.unreadable() == []
    assert dead.count() == len(added) == 100
    assert {one.id for one in taken(dead)} == set(added)


def test_killed_writers_lose_nothing_that_was_acknowledged(dead: DeadLetters) -> None:
    chance = random.Random(2)
    acknowledged: list[str] = []
    for number in range(6):
        writer = start(ADDER, dead.path, f"w{number}", 100_000)
        assert writer.stdout is not None
        output = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        output += writer.communicate()[0].rpartition("\n")[0]
        acknowledged += output.split()
    faults = len(dead.unreadable())
    count = dead.count()
    found = [one.id for one in taken(dead)]
    assert set(acknowledged) <= set(found)
    assert len(found) + faults == count <= len(acknowledged) + 6
    assert dead.count() == faults


def test_killed_while_trying_again_loses_nothing(dead: DeadLetters) -> None:
    chance = random.Random(4)
    articles = filled(dead, *(str(n) for n in range(60)))
    through: set[str] = set()
    for _ in range(4):
        taker = start(TAKER, dead.path)
        assert taker.stdout is not None
        output = taker.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        taker.send_signal(signal.SIGKILL)
        output += taker.communicate()[0].rpartition("\n")[0]
        through.update(output.split())
        assert dead.count() >= 60 - len(through)
    taker = start(TAKER, dead.path)
    output, errors = taker.communicate(timeout=60)
    assert (taker.returncode, errors) == (0, "")
    through.update(output.split())
    stubborn = {one.id for one in articles if one.headline.endswith("7")}
    assert through == {one.id for one in articles} - stubborn
    assert {one.id for one in taken(dead)} == stubborn


FILLER = """
import resource, sys
from pathlib import Path
from archive.elastic.dead_letters import DeadLetters
from archive.errors import ArchiveError
from tests.archive.samples import article

dead = DeadLetters(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))  # as if the disk were full then
for n in range(100):
    try:
        dead.add(article(str(n), "word " * 1_000), "no")
    except ArchiveError as error:
        print(error, file=sys.stderr)
        break
    print(article(str(n)).id)
"""


def test_full_disk_leaves_whole_lines(dead: DeadLetters) -> None:
    filler = start(FILLER, dead.path)
    output, errors = filler.communicate(timeout=60)
    assert filler.returncode == 0
    assert errors.startswith(f"the dead letters {dead.path} cannot be read or written: File too large")
    assert errors.count("\n") == 1
    assert dead.unreadable() == []
    filled(dead, "after")
    assert [one.id for one in taken(dead)] == [*output.split(), article("after").id]


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    dead = DeadLetters(tmp_path / "file" / "dead.jsonl")
    with pytest.raises(ArchiveError, match=r"^the dead letters .* cannot be read or written: .*rights"):
        dead.add(article(), "no")
