import sqlite3
import threading
from pathlib import Path

from archive.database import use_write_ahead_log


def test_a_new_file_is_made_ready_while_another_process_writes_to_it(tmp_path: Path) -> None:
    """As when several crawls start on an empty folder: SQLite's own timeout does not hold here."""
    path = tmp_path / "new.sqlite"
    writer = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    writer.execute("CREATE TABLE first (x)")
    writer.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.2, writer.execute, ["COMMIT"])
    other = sqlite3.connect(path, isolation_level=None)
    ending.start()
    use_write_ahead_log(other)
    ending.join()
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    writer.close()
    other.close()
