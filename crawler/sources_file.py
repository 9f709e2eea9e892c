"""Reading a sources file: YAML, checked by `sources.schema.json`; every error names file, line and field."""

import difflib
import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from archive.errors import SourcesError
from archive.url import normalize

_SCHEMA = Path(__file__).with_name("sources.schema.json")
_MISSING = ("required", "anyOf")
_EXAMPLE = "begin it with `sources:` and a list (docs/sources.md)"


class _Loader(yaml.SafeLoader):
    """YAML where only numbers and null are not text: `country: NO` is Norway and dates stay as written.

    Aliases (`*name`) are refused: no sources file needs them, and a few lines of them can grow to gigabytes.
    """

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node."""
        if self.check_event(yaml.AliasEvent):
            mark = self.get_mark()
            raise yaml.MarkedYAMLError(problem="an alias (`*`) cannot be used here", problem_mark=mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] not in ("bool", "timestamp")
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_records(file: Path) -> list[tuple[dict[str, Any], int]]:
    """Each valid record of the file with its line (from 1). Raises SourcesError: the first problem there."""
    text = _text(file)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise SourcesError(f"{file}: the file is empty; {_EXAMPLE}")
        _refuse_same_keys(file, root)
        data = loader.construct_document(root)
        _validate(file, root, data)
    except yaml.MarkedYAMLError as error:
        raise SourcesError(f"{file}:{_line_of_mark(error)}: {_yaml_problem(error)}") from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise SourcesError(f"{file}: not a text in YAML ({reason}); {_EXAMPLE}") from None
    except ValueError as error:  # a tag such as !!int before something else
        raise SourcesError(f"{file}: a value does not fit its tag ({error}); {_EXAMPLE}") from None
    except RecursionError:
        raise SourcesError(f"{file}: nested too deeply; {_EXAMPLE}") from None
    return [
        (record, _node_at(root, ["sources", number]).start_mark.line + 1)
        for number, record in enumerate(data["sources"])
    ]


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SourcesError(f"{file}: no such file; give a sources file or a folder of them") from None
    except OSError as error:
        raise SourcesError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SourcesError(f"{file}: not a text in UTF-8; save it as UTF-8, or give another file") from None


def _line_of_mark(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _yaml_problem(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or error.context or "not YAML"
    if "\\t" in problem:
        return "a tab where YAML wants spaces; indent with spaces"
    return f"not YAML: {problem}; check quotes, colons and indentation there"


def _refuse_same_keys(file: Path, node: yaml.Node, depth: int = 0) -> None:
    """YAML itself lets the last of two same keys win without a word."""
    if depth > 20:
        raise RecursionError
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_same_keys(file, item, depth + 1)
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise SourcesError(
                    f"{file}:{key.start_mark.line + 1}: key {key.value!r} twice; keep one of them"
                )
            seen.add(str(key.value))
            _refuse_same_keys(file, value, depth + 1)


def _validate(file: Path, root: yaml.Node, data: Any) -> None:
    # What is missing comes last: it often only follows from a misspelt key.
    errors = list(_validator().iter_errors(data))
    missing = [_place_and_problem(root, error) for error in errors if error.validator in _MISSING]
    wrong = [_place_and_problem(root, error) for error in errors if error.validator not in _MISSING]
    found = list(dict.fromkeys(sorted(wrong) + sorted(missing)))
    if found:
        line, problem = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise SourcesError(f"{file}:{line}: {problem}{more}")


@cache
def _validator() -> Draft202012Validator:
    formats = FormatChecker(formats=())
    formats.checks("uri", raises=ValueError)(
        lambda value: not isinstance(value, str) or bool(normalize(value))
    )
    formats.checks("date", raises=ValueError)(lambda value: not isinstance(value, str) or _is_date(value))
    return Draft202012Validator(json.loads(_SCHEMA.read_text("utf-8")), format_checker=formats)


def _is_date(value: str) -> bool:
    return date.fromisoformat(value).isoformat() == value


def _place_and_problem(root: yaml.Node, error: ValidationError) -> tuple[int, str]:
    """Line and what is wrong there, such as "sources[2].feeds[0] 'abc' is not an http(s) URL; ..."."""
    path = list(error.absolute_path)
    where = (
        "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
        or "the file"
    )
    node = _node_at(root, path)
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        record: Any = error.instance
        known = schema["properties"]
        key = next(key for key in record if key not in known)
        lines = (inner.start_mark.line for inner, _ in node.value if inner.value == str(key))
        line = next(lines, node.start_mark.line)  # a key that is no text stands otherwise in the file
        return line + 1, f"{where} has the unknown key {key!r}; {nearest(str(key), known)}"
    return node.start_mark.line + 1, f"{where} {_problem(error)}"


def _problem(error: ValidationError) -> str:
    schema: Any = error.schema
    if error.validator == "required":
        record: Any = error.instance
        missing = next(key for key in schema["required"] if key not in record)
        return f"has no {missing!r}; add {schema['properties'][missing]['description']}"
    if error.validator == "anyOf":
        return "has no address; give it feeds, sitemaps or front_pages"
    if error.validator == "uniqueItems":
        return "names something twice; keep one of them"
    value = "" if isinstance(error.instance, (dict, list)) and error.instance else f"{error.instance!r} "
    return f"{value}is not {schema['description']}"


def _node_at(node: yaml.Node, path: Sequence[str | int]) -> yaml.Node:
    """The YAML node of a place in the data; the nearest one around it where it came by a merge."""
    for step in path:
        if isinstance(step, int):
            node = node.value[step]
            continue
        inner = next((value for key, value in node.value if key.value == str(step)), None)
        if inner is None:
            return node
        node = inner
    return node


def nearest(word: str, known: Iterable[str]) -> str:
    """What may have been meant by a word, as the second half of a message."""
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names[:20])}"
