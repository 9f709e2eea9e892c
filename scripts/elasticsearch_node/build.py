"""Lays out what the node runs from: fetched with Maven, compiled, kept in the user's cache folder."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .errors import NodeError
from .java import JAVA_MINIMUM, find_java, has_compiler

_HERE = Path(__file__).parent
_POM = _HERE / "pom.xml"
_SOURCES = ("pom.xml", "log4j2.properties", "build.py", "*.java")
_LAUNCHER = ("Launcher.java",)
_COMPILER = "org.eclipse.jdt:ecj:3.46.100"
"""Compiles where Java comes without javac."""

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_NETTY_JARS = ("transport-netty4-*.jar", "netty-*.jar", "elasticsearch-ssl-config-*.jar")
_DESCRIPTOR = "META-INF/es-plugins/transport-netty4/plugin-descriptor.properties"
_ZSTD = ("usr/lib/*/libzstd.so.1", "usr/lib64/libzstd.so.1", "usr/lib/libzstd.so.1")
_PLATFORMS = {"x86_64": "linux-x64", "aarch64": "linux-aarch64"}


class Home(NamedTuple):
    """What is needed to start a node."""

    folder: Path
    """lib/, modules/, config/ and plugins/; never written to after it was built."""
    java: Path
    """The home folder of the Java that runs it."""


def version() -> str:
    """The version of Elasticsearch, such as "9.5.3"."""
    return _POM.read_text(encoding="utf-8").split("<elasticsearch.version>")[1].split("<")[0]


def cache_folder() -> Path:
    """Where built nodes are kept: `storytrail` in XDG_CACHE_HOME, which is ~/.cache by default."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "storytrail"


def build() -> Home:
    """The node's home, built where the cache has none from today's sources.

    A second build at the same time waits for the first; one that was killed is begun anew.
    Raises NodeError with one line that ends with the next step.
    """
    cache = cache_folder()
    with _locked(cache):
        java = find_java(cache)
        folder = cache / f"elasticsearch-{version()}-{_digest()}"
        if not folder.exists():
            print(f"elasticsearch: building {version()} in {cache}, once ...", file=sys.stderr, flush=True)
            part = folder.with_name(folder.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            _lay_out(part, java)
            part.rename(folder)
        return Home(folder, java)


@contextmanager
def _locked(cache: Path) -> Iterator[None]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / "lock").open("w")
    except OSError as error:
        raise NodeError(
            f"the cache folder {cache} cannot be written ({error.strerror}); set XDG_CACHE_HOME"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _digest() -> str:
    content = hashlib.sha256()
    for path in sorted(path for pattern in _SOURCES for path in _HERE.glob(pattern)):
        content.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return content.hexdigest()[:12]


def _lay_out(folder: Path, java: Path) -> None:
    for name in ("config", "plugins"):
        (folder / name).mkdir(parents=True)
    _maven(java, f"{_COPY}:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}")
    shutil.copy(_HERE / "log4j2.properties", folder / "config")
    _netty_module(folder)
    parts = folder / "modules" / "storytrail-parts"
    parts.mkdir()
    descriptor = {
        "name": "storytrail-parts",
        "description": "Text analysis and GET / under the distribution's names",
        "version": version(),
        "elasticsearch.version": version(),
        "java.version": "21",
        "classname": "storytrail.node.Parts",
    }
    lines = "".join(f"{key}={value}\n" for key, value in descriptor.items())
    (parts / "plugin-descriptor.properties").write_text(lines, encoding="utf-8")
    launcher = [_HERE / name for name in _LAUNCHER]
    _compile(java, folder, parts / "parts.jar", sorted(set(_HERE.glob("*.java")) - set(launcher)))
    _compile(java, folder, folder / "lib" / "launcher.jar", launcher)
    _link_zstd(folder)


def _netty_module(folder: Path) -> None:
    """HTTP is a module with a class loader of its own."""
    module = folder / "modules" / "transport-netty4"
    module.mkdir(parents=True)
    for pattern in _NETTY_JARS:
        for path in (folder / "lib").glob(pattern):
            path.rename(module / path.name)
    with zipfile.ZipFile(next(module.glob("transport-netty4-*.jar"))) as jar:
        lines = jar.read(_DESCRIPTOR).decode().splitlines(keepends=True)
    # We run the server on the class path, where nothing has a module name.
    kept = [line for line in lines if not line.startswith("modulename=")]
    (module / "plugin-descriptor.properties").write_text("".join(kept), encoding="utf-8")


def _link_zstd(folder: Path) -> None:
    """The system's zstd, which index.codec best_compression needs; without it only that is missing."""
    library = next((path for pattern in _ZSTD for path in Path("/").glob(pattern)), None)
    platform = _PLATFORMS.get(os.uname().machine)
    if library and platform:
        place = folder / "lib" / "platform" / platform
        place.mkdir(parents=True)
        (place / "libzstd.so").symlink_to(library)


def _compile(java: Path, folder: Path, jar: Path, sources: list[Path]) -> None:
    with TemporaryDirectory() as scratch:
        classes = Path(scratch) / "classes"
        classes.mkdir()
        jars = os.pathsep.join(map(str, sorted((folder / "lib").glob("*.jar"))))
        options = ["-nowarn", "-proc:none", "-encoding", "UTF-8", "-d", str(classes), "-cp", jars]
        if has_compiler(java):
            command = [str(java / "bin" / "javac"), "--release", "21", "-Xlint:none"]
        else:
            _maven(java, f"{_COPY}:copy", f"-Dartifact={_COMPILER}", f"-DoutputDirectory={scratch}")
            compiler = next(Path(scratch).glob("ecj-*.jar"))
            command = [str(java / "bin" / "java"), "-jar", str(compiler), "-21"]
        advice = f"it was compiled with {java}; set JAVA_HOME to another JDK >= {JAVA_MINIMUM}"
        _run("compiling the node", [*command, *options, *map(str, sources)], advice)
        with zipfile.ZipFile(jar, "w") as archive:
            for path in sorted(classes.rglob("*.class")):
                archive.write(path, path.relative_to(classes).as_posix())


def _maven(java: Path, *arguments: str) -> None:
    program = shutil.which("mvn")
    if program is None:
        raise NodeError(
            "mvn is not on PATH; install Maven (Debian: apt install maven, macOS: brew install maven)"
        )
    environment = dict(os.environ)
    if not environment.get("JAVA_HOME") and shutil.which("java") is None:
        environment["JAVA_HOME"] = str(
            java
        )  # else the user's own, old or not: it knows the certificates here
    quiet = ["--quiet", "--batch-mode", "-Dstyle.color=never"]
    _run(
        "fetching the node's parts with Maven",
        [program, *quiet, "--file", str(_POM), *arguments],
        "check that Maven reaches Maven Central (a mirror or proxy goes into ~/.m2/settings.xml)",
        environment,
    )


def _run(what: str, command: list[str], advice: str, environment: dict[str, str] | None = None) -> None:
    """Runs a program to its end; it does not outlive an exception such as the one SIGTERM raises here."""
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout + done.stderr)
        lines = [line.strip() for line in said.splitlines() if line.strip()] or ["nothing said"]
        reason = next((line for line in lines if re.search(r"\bERROR\b|\berror:", line)), lines[-1])
        reason = reason.removeprefix("[ERROR] ").removesuffix(" -> [Help 1]")
        raise NodeError(f"{what} failed: {reason}; {advice}")
