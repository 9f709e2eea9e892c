import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from archive import database
from archive.elastic.spool import Spool
from archive.errors import ArchiveBusy, ArchiveError, ArchiveFull
from archive.records import Refused, pack
from tests.archive.samples import article

ROOT = Path(__file__).parents[3]
MUCH = 100_000_000

ADDER = """
import sys
from pathlib import Path
from archive.elastic.spool import Spool
from tests.archive.samples import article

spool = Spool(Path(sys.argv[1]), max_size=100_000_000)
for n in range(0, int(sys.argv[3]), 5):
    batch = [article(f"{sys.argv[2]}-{m}", "word " * m) for m in range(n, n + 5)]
    spool.add(batch)
    print(*(one.id for one in batch), flush=True)
"""

DRAINER = """
import sys, time
from pathlib import Path
from archive.elastic.spool import Spool

folder = Path(sys.argv[1])
spool = Spool(folder, max_size=100_000_000)
print("ready", flush=True)
while not (folder / "all-added").exists() or spool.count():
    batch = spool.batch(7)
    print(*(one.id for _, one in batch), flush=True)
    time.sleep(0.001)  # what the server takes
    spool.remove([number for number, _ in batch])
"""


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    opened = Spool(tmp_path / "spool", max_size=MUCH)
    yield opened
    opened.close()


def start(program: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: "subprocess.Popen[str]") -> list[str]:
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    return output.split()


def waiting(spool: Spool) -> list[str]:
    return [one.id for _, one in spool.batch(1_000_000)]


def test_makes_no_file_before_the_first_write(spool: Spool) -> None:
    spool.add([])
    spool.remove([1])
    spool.remove_runs([1])
    assert (spool.batch(10), spool.count(), spool.size(), spool.runs(10), spool.known("s")) == (
        [],
        0,
        0,
        [],
        None,
    )
    assert not spool.path.parent.exists()


def test_articles_come_back_whole_and_oldest_first(spool: Spool, tmp_path: Path) -> None:
    articles = [article(slug, "Ünï 日本 \U0001f600 " * 50, fingerprint=[1, (1 << 64) - 1]) for slug in "cabd"]
    spool.add(articles[:3])
    spool.add(articles[3:])
    other = Spool(tmp_path / "spool", max_size=MUCH)
    assert [one for _, one in other.batch(10)] == articles
    first = other.batch(2)
    assert [one for _, one in first] == articles[:2]
    assert [one for _, one in other.batch(10, after=first[-1][0])] == articles[2:]
    assert (spool.count(), spool.size()) == (4, sum(len(pack(one)) for one in articles))
    other.remove([number for number, _ in first])
    assert [one for _, one in spool.batch(10)] == articles[2:]
    assert (spool.count(), spool.size()) == (2, sum(len(pack(one)) for one in articles[2:]))
    other.close()


def test_a_late_remove_takes_nothing_newer(spool: Spool) -> None:
    spool.add([article("a"), article("b")])
    numbers = [number for number, _ in spool.batch(10)]
    spool.remove(numbers)
    spool.add([article("c"), article("d")])
    spool.remove(numbers)  # another process, slower
    assert waiting(spool) == [article("c").id, article("d").id]
    assert spool.count() == 2


def test_full_spool_takes_all_of_a_batch_or_nothing(tmp_path: Path) -> None:
    a, b, c = (article(slug, "x" * 1000) for slug in "abc")
    room = len(pack(a)) + len(pack(b))
    spool = Spool(tmp_path, max_size=room)
    spool.add([a, b])  # exactly full
    with pytest.raises(ArchiveFull, match=r"^the spool .*spool\.sqlite is full \(\d+ bytes, .*larger spool$"):
        spool.add([c])
    spool.add_run({"problem": "the spool is full"})
    spool.remove([spool.batch(1)[0][0]])
    with pytest.raises(ArchiveFull):
        spool.add([c, a])
    assert waiting(spool) == [b.id]
    spool.add([c])
    assert waiting(spool) == [b.id, c.id]
    spool.close()


def test_a_batch_with_an_impossible_article_is_not_kept(spool: Spool) -> None:
    with pytest.raises(Refused, match="surrogate"):
        spool.add([article("a"), article("b", "\ud800")])
    assert spool.count() == 0


def test_run_reports(spool: Spool) -> None:
    for number in range(3):
        spool.add_run({"id": f"run-{number}", "sources": {"Ünï": number}, "problem": None})
    assert spool.runs(2) == [
        (1, {"id": "run-0", "sources": {"Ünï": 0}, "problem": None}),
        (2, {"id": "run-1", "sources": {"Ünï": 1}, "problem": None}),
    ]
    spool.remove_runs([1, 2, 77])
    assert [record["id"] for _, record in spool.runs(10)] == ["run-2"]
    assert spool.count() == 0


def test_remembers_servers(spool: Spool, tmp_path: Path) -> None:
    spool.remember("https://one.example:9200", "uuid-1")
    spool.remember("https://two.example:9200", "uuid-2")
    spool.remember("https://one.example:9200", "uuid-3")
    spool.close()
    again = Spool(tmp_path / "spool", max_size=MUCH)
    assert again.known("https://one.example:9200") == "uuid-3"
    assert again.known("https://two.example:9200") == "uuid-2"
    assert again.known("https://three.example:9200") is None
    again.close()


def test_file_shrinks_and_does_not_grow_for_ever(tmp_path: Path) -> None:
    chance = random.Random(3)
    articles = [article(str(n), chance.randbytes(4_000).hex()) for n in range(50)]

    def after(removed: int) -> tuple[int, int]:
        """Bytes of the articles left and of the files, after 50 came and these many went."""
        spool = Spool(tmp_path, max_size=MUCH)
        spool.add(articles)
        spool.remove([number for number, _ in spool.batch(removed)])
        left = spool.size()
        spool.close()
        return left, sum(file.stat().st_size for file in tmp_path.iterdir())

    for _ in range(6):
        left, files = after(45)
        assert files < 2 * left + 50_000
    assert after(1000)[1] < 50_000


class Model(RuleBasedStateMachine):
    """The spool against a list."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, str, int]] = []
        self.last = 0
        self.path = Path(tempfile.mkdtemp(dir=self.folder))
        self.spool = Spool(self.path, max_size=3_000)

    @rule(slugs=st.lists(st.sampled_from("abcdef"), max_size=4), words=st.integers(0, 400))
    def add(self, slugs: list[str], words: int) -> None:
        articles = [article(slug, " ".join(map(str, range(words)))) for slug in slugs]
        sizes = [len(pack(one)) for one in articles]
        if sum(sizes) + sum(size for _, _, size in self.rows) > 3_000:
            with pytest.raises(ArchiveFull):
                self.spool.add(articles)
            return
        self.spool.add(articles)
        for one, size in zip(articles, sizes, strict=True):
            self.last += 1
            self.rows.append((self.last, one.id, size))

    @rule(numbers=st.lists(st.integers(-1, 30), max_size=6))
    def remove(self, numbers: list[int]) -> None:
        self.spool.remove(numbers)
        self.rows = [row for row in self.rows if row[0] not in numbers]

    @rule(limit=st.integers(0, 5), after=st.integers(0, 30))
    def read(self, limit: int, after: int) -> None:
        read = [(number, one.id) for number, one in self.spool.batch(limit, after)]
        assert read == [(number, id_) for number, id_, _ in self.rows if number > after][:limit]

    @precondition(lambda self: self.last)
    @rule()
    def reopen(self) -> None:
        self.spool.close()
        self.spool = Spool(self.path, max_size=3_000)

    @invariant()
    def counted(self) -> None:
        assert self.spool.count() == len(self.rows)
        assert self.spool.size() == sum(size for _, _, size in self.rows)

    def teardown(self) -> None:
        self.spool.close()


def test_behaves_like_a_list(tmp_path: Path) -> None:
    Model.folder = tmp_path
    run_state_machine_as_test(Model, settings=settings(max_examples=25, stateful_step_count=15))


def test_killed_at_any_moment_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    chance = random.Random(11)
    acknowledged: list[str] = []
    for number in range(6):
        writer = start(ADDER, tmp_path, f"w{number}", 100_000)
        assert writer.stdout is not None
        output = writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.2))
        writer.send_signal(signal.SIGKILL)
        output += writer.communicate()[0].rpartition("\n")[0]
        acknowledged += output.split()
        spool = Spool(tmp_path, max_size=MUCH)
        kept = waiting(spool)
        assert set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept)) == spool.count()
        assert len(kept) - len(acknowledged) <= 5 * (number + 1)  # at most one batch a kill without an answer
        assert spool.size() == sum(len(pack(one)) for _, one in spool.batch(len(kept)))
        if number % 2:
            spool.close()  # else its file stays open while the next writer is killed
    assert len(acknowledged) > 30


def test_two_add_and_two_drain(tmp_path: Path) -> None:
    drainers = [start(DRAINER, tmp_path) for _ in range(2)]
    for drainer in drainers:
        assert drainer.stdout is not None
        assert drainer.stdout.readline() == "ready\n"
    adders = [start(ADDER, tmp_path, name, 300) for name in ("one", "two")]
    added = [one for adder in adders for one in finished(adder)]
    (tmp_path / "all-added").touch()
    drained = [finished(drainer) for drainer in drainers]
    assert len(set(added)) == 600
    assert {one for ids in drained for one in ids} == set(added)
    spool = Spool(tmp_path, max_size=MUCH)
    assert (waiting(spool), spool.count(), spool.size()) == ([], 0, 0)
    spool.close()


def test_many_threads_and_the_first_write_at_once(tmp_path: Path) -> None:
    spools = [Spool(tmp_path / "a" / "b", max_size=MUCH) for _ in range(4)]

    def work(number: int) -> None:
        mine = spools[number % 4]
        mine.add([article(f"{number}-{m}") for m in range(3)])
        mine.remove([mine.batch(1)[0][0]])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(64)))
    assert len(waiting(spools[0])) == spools[0].count() >= 64 * 2
    for one in spools:
        one.close()


def test_acknowledged_means_on_disk(spool: Spool) -> None:
    spool.add([article()])
    with spool._made().connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL: fsync at each commit


def test_busy(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    spool.add([article()])
    other = sqlite3.connect(spool.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ArchiveBusy, match=r"^another process has held the spool .* too long; try again$"):
        spool.add([article("b")])
    other.close()
    assert spool.count() == 1  # reads do not wait


def one_line(error: "pytest.ExceptionInfo[ArchiveError]", path: Path) -> str:
    text = str(error.value)
    assert "\n" not in text
    assert str(path) in text
    return text


@pytest.mark.parametrize("damage", ["not-sqlite", "torn", "pages"])
def test_damaged_file_is_named_and_kept(spool: Spool, tmp_path: Path, damage: str) -> None:
    chance = random.Random(5)
    spool.add([article(str(n), chance.randbytes(2_000).hex()) for n in range(20)])
    spool.close()
    content = bytearray(spool.path.read_bytes())
    if damage == "not-sqlite":
        content[:100] = chance.randbytes(100)
    elif damage == "torn":
        del content[len(content) // 2 :]
    else:
        content[4096:] = chance.randbytes(len(content) - 4096)
    spool.path.write_bytes(content)
    again = Spool(tmp_path / "spool", max_size=MUCH)
    with pytest.raises(ArchiveError) as error:
        again.batch(100)
    assert "move its folder" in one_line(error, spool.path)
    with pytest.raises(ArchiveError):
        again.add([article("new", chance.randbytes(2_000).hex())])
    again.close()
    assert spool.path.stat().st_size >= len(content)


def test_damaged_record(spool: Spool) -> None:
    spool.add([article("a"), article("b")])
    with spool._made().connection() as connection:
        connection.execute(
            "UPDATE articles SET record = CAST(x'00' || SUBSTR(record, 2) AS BLOB) WHERE number = 2"
        )
    assert [number for number, _ in spool.batch(1)] == [1]
    with pytest.raises(ArchiveError, match=r"is damaged \(article 2: .*; move its folder"):
        spool.batch(10)


def test_file_of_another_version(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "spool.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveError, match="is in format 99, this program reads format 1; use the program"):
        Spool(tmp_path, max_size=MUCH).count()


def test_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spool = Spool(tmp_path / "file" / "spool", max_size=MUCH)
    with pytest.raises(ArchiveError, match=f"File exists: {tmp_path}/file; check STATE_DIR") as error:
        spool.add([article()])
    one_line(error, spool.path)


@pytest.mark.parametrize("rights", [0o000, 0o500])
def test_folder_without_rights(tmp_path: Path, rights: int) -> None:
    spool = Spool(tmp_path / "spool", max_size=MUCH)
    spool.path.parent.mkdir(mode=rights)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may do everything
    try:
        with pytest.raises(ArchiveError, match="rights") as error:
            spool.add([article()])
    finally:
        os.seteuid(user)
        spool.path.parent.chmod(0o700)
    one_line(error, spool.path)


FILLER = """
import resource, sys
from pathlib import Path
from archive.elastic.spool import Spool
from archive.errors import ArchiveError
from tests.archive.samples import article

spool = Spool(Path(sys.argv[1]), max_size=100_000_000)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))  # as if the disk were full then
for n in range(10_000):
    try:
        spool.add([article(f"{n}-{m}", "".join(map(str, range(m, 2000)))) for m in range(5)])
    except ArchiveError as error:
        print(error, file=sys.stderr)
        break
    print(*(article(f"{n}-{m}").id for m in range(5)))
"""


def test_full_disk(tmp_path: Path) -> None:
    filler = start(FILLER, tmp_path)
    output, errors = filler.communicate(timeout=60)
    assert filler.returncode == 0
    assert errors.count("\n") == 1
    assert f"the spool {tmp_path}/spool.sqlite cannot be read or written" in errors
    assert "its disk has room" in errors
    spool = Spool(tmp_path, max_size=MUCH)
    kept = waiting(spool)
    assert set(output.split()) <= set(kept)
    assert spool.count() == len(kept) > 20
    spool.add([article("after")])  # room again
    spool.remove([number for number, _ in spool.batch(1000)])
    assert spool.size() == 0
    spool.close()


@given(st.dictionaries(st.text(), st.none() | st.integers() | st.text() | st.lists(st.booleans())))
@settings(max_examples=20)
def test_any_report_comes_back(tmp_path_factory: pytest.TempPathFactory, record: dict[str, object]) -> None:
    spool = Spool(tmp_path_factory.mktemp("spool"), max_size=MUCH)
    spool.add_run(record)
    assert spool.runs(1) == [(1, record)]
    spool.close()
