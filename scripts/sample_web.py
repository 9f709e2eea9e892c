#!/usr/bin/env python3
"""Serves the sample web of seeds/sample-web on 127.0.0.1, as an HTTP proxy (docs/sample-web.md)."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs from any folder

from scripts.loopback_web import run
from scripts.sample_manifest import manifest_text
from scripts.sample_outlets import FOLDER, SampleDataError
from scripts.sample_site import SampleWeb, build


def main(arguments: list[str] | None = None) -> int:
    """Serve, or write the manifest. Gives the exit code: 2 for bad data or a port in use."""
    options = _parser().parse_args(arguments)
    try:
        web = build()
    except SampleDataError as error:
        return _fail(str(error))
    if options.write_manifest:
        (FOLDER / "manifest.json").write_text(manifest_text(web), encoding="utf-8")
        return 0
    try:
        run(
            web.respond,
            options.port,
            ready=lambda proxy: _announce(web, proxy, bare=options.print_proxy),
            with_parent=options.with_parent,
        )
    except OSError as error:
        return _fail(
            f"port {options.port}: {error.strerror}; give another one with --port, or none for a free one"
        )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sample_web.py",
        description="Serve the sample web of news outlets as an HTTP proxy on 127.0.0.1.",
    )
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default: a free one)")
    parser.add_argument("--print-proxy", action="store_true", help="print nothing but the proxy's address")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process is gone")
    parser.add_argument(
        "--write-manifest", action="store_true", help="write seeds/sample-web/manifest.json and end"
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port; give 1 to 65535")
    return port


def _announce(web: SampleWeb, proxy: str, *, bare: bool) -> None:
    articles = sum(len(outlet.posts) for outlet in web.outlets)
    line = f"sample web: {articles} articles of {len(web.outlets)} outlets; export http_proxy={proxy}"
    print(proxy if bare else line, flush=True)


def _fail(message: str) -> int:
    print(f"sample_web: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
