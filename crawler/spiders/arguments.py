"""Spider arguments: `-a name=value`, typed and checked with pydantic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from archive.errors import UsageError

SOURCES = Path(__file__).resolve().parents[2] / "seeds" / "sources"
"""The sources that come with the project."""


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(part for part in value.replace(",", " ").split() if part)
    return value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list given as words between commas or blanks."""


class Arguments(BaseModel):
    """What every spider takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    ignored: ClassVar[set[str]] = {"_job"}
    """Arguments that schedulers add (scrapyd passes `_job`)."""

    max_requests: int | None = Field(default=None, ge=1)
    """Article pages to fetch at most; lists (feeds, sitemaps, front pages, robots.txt) are not counted."""


class SourceArguments(Arguments):
    """What spiders take that read sources."""

    sources: Path = SOURCES
    """A sources file, or a folder of them."""
    languages: Words = ()
    """Only sources that publish in one of these languages."""
    days: float | None = Field(default=None, gt=0)
    """Only pages announced with a date that is at most this many days away."""


_A = TypeVar("_A", bound=Arguments)


def parse_arguments(model: type[_A], spider: str, given: Mapping[str, Any]) -> _A:
    """The arguments as the model's fields. Raises UsageError in one line that names spider and argument."""
    try:
        return model(**{name: value for name, value in given.items() if name not in Arguments.ignored})
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"]) or "arguments"
        known = ", ".join(model.model_fields)
        if problem["type"] == "extra_forbidden":
            raise UsageError(f"spider {spider} has no argument {name!r}; it takes {known}") from None
        if problem["type"] == "missing":
            raise UsageError(f"spider {spider} needs -a {name}=...; it takes {known}") from None
        raise UsageError(
            f"spider {spider}, argument {name}: {problem['msg']}, not {problem['input']!r}"
        ) from None
