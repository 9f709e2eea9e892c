from pathlib import Path

import archive
import crawler
import pipelines

ROOT = Path(__file__).resolve().parents[1]


def test_the_packages_are_ours() -> None:
    """Distributions of the same names exist; an editable install must win over them."""
    for package in (archive, crawler, pipelines):
        assert package.__file__ is not None
        assert Path(package.__file__).is_relative_to(ROOT)
