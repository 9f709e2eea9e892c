"""What `docker build` sends: the project as .dockerignore lets it through, for the rules that ours has."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def let_in() -> list[str]:
    """The paths that .dockerignore lets in. It must shut out all, then name them, or AssertionError."""
    text = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert rules[-1] == "**/__pycache__"
    assert all(rule.startswith("!") for rule in rules[1:-1])
    return [rule.removeprefix("!") for rule in rules[1:-1]]


def copy_context(target: Path) -> Path:
    """A copy of the build context; gives its folder."""
    for name in let_in():
        source = ROOT / name
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target / name)
    return target
