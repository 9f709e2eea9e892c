#!/usr/bin/env python3
"""Writes kibana/storytrail.ndjson from the mappings and checks it, as far as that goes without a Kibana.

With --url the fields are looked up in the indexes news-articles and news-runs of that Elasticsearch too.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive.elastic.kibana import FILE, pack  # noqa: E402
from scripts.kibana_check import form, missing_fields  # noqa: E402


def main() -> int:
    """Write or compare, check, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="only compare the file with what would be written"
    )
    parser.add_argument("--url", help="an Elasticsearch whose indexes shall have all fields")
    options = parser.parse_args()
    file = ROOT / "kibana" / FILE
    text = pack()
    if not options.check:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    elif not file.exists() or file.read_text("utf-8") != text:
        print(f"{file} is not what scripts/kibana_pack.py makes; run it", file=sys.stderr)
        return 1
    problems = form(text)
    if options.url:
        from elasticsearch import Elasticsearch

        with Elasticsearch(options.url) as client:
            problems += missing_fields(client, text)
    for problem in problems:
        print(problem, file=sys.stderr)
    lines = text.count("\n")
    print(f"{file.relative_to(ROOT)}: {lines} objects, {len(text.encode())} bytes, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
