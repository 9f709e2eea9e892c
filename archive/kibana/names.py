"""Ids of the saved objects: the same in every version, so that a new import replaces an older one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """The ids for an archive's base name, such as `news`."""

    base: str

    @property
    def articles(self) -> str:
        """Data view of the articles by their publication."""
        return f"storytrail-{self.base}-articles"

    @property
    def fetched(self) -> str:
        """Data view of the articles by their fetch."""
        return f"storytrail-{self.base}-articles-fetched"

    @property
    def runs(self) -> str:
        """Data view of the run reports."""
        return f"storytrail-{self.base}-runs"

    @property
    def search(self) -> str:
        """The saved search of articles."""
        return f"storytrail-{self.base}-search"

    def dashboard(self, name: str) -> str:
        """A dashboard."""
        return f"storytrail-{self.base}-{name}"
