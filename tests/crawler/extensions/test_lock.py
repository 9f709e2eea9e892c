import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import StorytrailError
from crawler.extensions.lock import JobLock, JobRuns

HOLD = "from pathlib import Path; import sys; from crawler.extensions.lock import JobLock; "
HOLD += "lock = JobLock('feeds', Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"


def test_a_lock_ends_with_its_process_even_by_kill_9(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(JobRuns, match=rf"process {holder.pid}, .*feeds-\w+\.lock"):
            JobLock("feeds", tmp_path)
        JobLock("feeds sources=other.yml", tmp_path)
        holder.kill()
    JobLock("feeds", tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file")
    with pytest.raises(StorytrailError, match="cannot make the lock .*locks"):
        JobLock("feeds", tmp_path / "locks")
