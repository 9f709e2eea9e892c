"""The files in contrib/ that start crawls by the clock, and what docs/schedule.md says of them."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SYSTEMD = ROOT / "contrib" / "systemd"
CRON = ROOT / "contrib" / "cron"
UNITS = sorted(path.name for path in SYSTEMD.iterdir() if path.suffix in (".service", ".timer"))
INSTALLED = "/opt/storytrail/"
"""Where the docs install the project."""


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(SYSTEMD / name, encoding="utf-8")
    return parser


def hardening(name: str) -> str:
    return (SYSTEMD / name).read_text("utf-8").partition("ProtectSystem=")[2]


def systemd_analyze(*args: str | Path) -> tuple[int, str]:
    """Exit code and what it said."""
    done = subprocess.run(["systemd-analyze", *args], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd on this machine")
def test_systemd_takes_the_units_and_finds_them_well_closed(tmp_path: Path) -> None:
    for name in UNITS:  # the programs are not installed here: any that is stands for them
        text = (SYSTEMD / name).read_text("utf-8")
        text = re.sub(rf"={INSTALLED}\S+", f"={shutil.which('true')}", text)
        (tmp_path / name.replace("@", "@feeds")).write_text(text, encoding="utf-8")
    units = sorted(tmp_path.iterdir())
    assert systemd_analyze("verify", *units) == (0, "")
    services = [path for path in units if path.suffix == ".service"]
    tenths = "--threshold=20"  # of systemd's exposure level, 0 to 10
    code, said = systemd_analyze("security", "--offline=true", "--no-pager", tenths, *services)
    assert code == 0, said


def test_a_service_stops_its_crawl_in_time_and_both_are_closed_alike() -> None:
    service = unit("storytrail@.service")["Service"]
    assert service["KillMode"] == "mixed", "a reader that gets SIGTERM itself would lose its page"
    assert int(service["TimeoutStopSec"]) >= 2 * 10
    assert service["SuccessExitStatus"] == "75"
    assert "JOB_LOCK=True" in service["ExecStart"]
    assert hardening("storytrail@.service") == hardening("storytrail-alarms.service")


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".timer")])
def test_a_timer_has_its_service_and_makes_up_for_missed_rounds(name: str) -> None:
    assert (SYSTEMD / name).with_suffix(".service").exists()
    timer = unit(name)["Timer"]
    assert timer["Persistent"] == "true"
    assert "RandomizedDelaySec" in timer


def cron_lines() -> list[str]:
    text = (CRON / "storytrail.cron").read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_cron_takes_every_line_of_its_file() -> None:
    times = r"(?:(?:\*|\d+)(?:/\d+)?\s+){5}storytrail\s+\S+"
    jobs = [line for line in cron_lines() if not re.match(r"[A-Z_]+=", line)]
    assert [line for line in jobs if not re.match(times, line)] == []
    assert [line for line in jobs if "%" in line] == [], "cron makes a new line of each %"
    crawls = [line for line in jobs if " crawl " in line]
    assert crawls
    assert all("JOB_LOCK=True" in line for line in crawls)
    assert (CRON / "storytrail.cron").read_bytes().endswith(b"\n"), "cron leaves out an unfinished last line"


def test_what_the_files_name_is_in_the_project() -> None:
    files = [path for path in (ROOT / "contrib").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for file in files:
        for named in re.findall(rf"{INSTALLED}([\w./-]+)", file.read_text("utf-8")):
            assert named == ".venv/bin" or named == ".venv/bin/storytrail" or (ROOT / named).exists(), named


def test_the_docs_name_every_file() -> None:
    text = (ROOT / "docs" / "schedule.md").read_text("utf-8")
    for path in (ROOT / "contrib").rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and path.name != "egg_settings.py":
            assert path.name in text, path.name
