"""The command line of scripts/elasticsearch."""

import argparse
import re
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .node import Node, NodeError

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DEFAULT_FOLDER = Path(__file__).parents[2] / "var" / "elasticsearch"


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"elasticsearch: {message}; say scripts/elasticsearch --help\n")


def main(arguments: list[str] | None = None) -> int:
    """Runs a node in the foreground; the exit code is 0 after a signal, 1 after a problem."""
    options = _parser().parse_args(arguments)
    node = Node(options.data, port=options.port, heap=options.heap, settings=dict(options.setting))
    for number in _SIGNALS:
        signal.signal(number, _end)
    try:
        node.start()
        print(node.url, flush=True)
        node.wait()
        return _problem(f"the node ended by itself; read {node.log}")
    except NodeError as error:
        return _problem(str(error))
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        node.stop()


def _problem(text: str) -> int:
    print(f"elasticsearch: {text}", file=sys.stderr)
    return 1


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    for number in _SIGNALS:  # a second one must not disturb the end
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="scripts/elasticsearch",
        description="Runs a real Elasticsearch node on 127.0.0.1 in the foreground, to test and to try out. "
        "The first start builds it with Maven. Its address is printed when it is green; Ctrl-C ends it.",
    )
    parser.add_argument("--port", type=_port, default=9200, help="the port of its HTTP address (9200)")
    parser.add_argument(
        "--data",
        type=Path,
        default=_DEFAULT_FOLDER,
        metavar="DIR",
        help="its data and logs (var/elasticsearch)",
    )
    parser.add_argument("--heap", type=_heap, default="512m", help="Java's memory, such as 1g (512m)")
    parser.add_argument(
        "--setting",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a node setting such as indexing_pressure.memory.limit=60kb; may be repeated",
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text} is not a port from 1 to 65535")
    return int(text)


def _heap(text: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]*[kmgKMG]", text):
        raise argparse.ArgumentTypeError(f"{text} is not a size such as 512m or 1g")
    return text


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"{text} is not NAME=VALUE")
    return name, value
