"""`scrapy revisions URL`: what the outlet changed in an article, as readable differences."""

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from difflib import SequenceMatcher
from itertools import pairwise

import regex
from rich.console import Console
from rich.text import Text

from archive.article import Article
from archive.base import Archive
from archive.changes import changed_sentences
from archive.errors import ArchiveError
from archive.query import Exact, Query
from archive.revisions import first_seen
from archive.url import article_id
from crawler.command import Command as BaseCommand
from pipelines.opened import archive_at

_BULKY = ("article_body_html", "fingerprint")
"""Fields that `--json` leaves out."""

_ID = re.compile(r"[0-9a-f]{64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
LONG = 3000
"""Characters from which a sentence is none, and is not compared word by word."""

_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_WORD = regex.compile(rf"{_UNSPACED}|\d+(?:[.,]\d+)*|(?:(?!{_UNSPACED})\w)+|\s+|.")


class Command(BaseCommand):
    def syntax(self) -> str:
        return "[options] URL|ID"

    def short_desc(self) -> str:
        return "Show what was changed in an archived article"

    def long_desc(self) -> str:
        return (
            "Shows all revisions of the article at URL (or with this article id), the oldest first: when "
            "each was first seen, what kinds of change it brought, and the changed sentences with what was "
            "taken out and put in. docs/article.md says when a text is a new revision."
        )

    def add_options(self, parser: ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--json", action="store_true", help="one JSON object a revision and line, with its text"
        )

    def execute(self, args: list[str], opts: Namespace) -> int:
        if len(args) != 1:
            self.usage_error("give the URL or the id of one article")
        with closing(archive_at(self.project_settings, create=False)) as archive:
            revisions = self._revisions(archive, args[0])
        if opts.json:
            for one in revisions:
                print(json.dumps(_record(one), ensure_ascii=False))
            return 0
        console = Console(highlight=False, soft_wrap=True)
        marked = not (sys.stdout.isatty() and console.color_system)
        with console.capture() as capture:
            console.print(_shown(revisions, marked=marked))
        print(capture.get(), end="")
        return 0

    def _revisions(self, archive: Archive, name: str) -> list[Article]:
        """All revisions of the article that is meant; raises ArchiveError where there is none."""
        if _ID.fullmatch(name):
            wanted = name
        else:
            try:
                wanted = article_id(name)
            except ValueError:
                self.usage_error(
                    f"{name!r} is no URL and no article id; give one as `scrapy search --json` shows it"
                )
        found = archive.revisions(wanted)
        if not found:  # its id may be that of its canonical address
            hits = archive.search(Query(root=Exact("url", name)), limit=1).hits
            found = archive.revisions(hits[0].article.id) if hits else []
        if not found:
            raise ArchiveError(f"{name} is not in {archive.location}; look for it with `scrapy search`")
        return found


def _record(article: Article) -> dict[str, object]:
    record = article.to_dict()
    return {name: value for name, value in record.items() if name not in _BULKY}


def _shown(revisions: list[Article], *, marked: bool) -> Text:
    """Headline, address and each revision; `marked`: with signs for what came and went, not colours."""
    shown = Text()
    shown.append(_plain(revisions[-1].headline), style="bold").append(
        f"\n{_plain(revisions[-1].url)}\n", style="dim"
    )
    shown.append(_title(revisions[0]))
    for before, after in pairwise(revisions):
        shown.append(_title(after))
        for line in _differences(before, after, marked=marked):
            shown.append("\n  ").append(line)
    return shown


def _title(article: Article) -> Text:
    kinds = ", ".join(dict.fromkeys(change.kind for change in article.changes))
    when = f"{first_seen(article):%Y-%m-%d %H:%M} UTC"
    what = kinds or ("first seen" if article.revision == 0 else "changed")
    return Text.assemble("\n", (f"revision {article.revision}  {when}  ", "dim"), (what, "bold"))


def _differences(before: Article, after: Article, *, marked: bool) -> list[Text]:
    """One line for each part or sentence that differs."""
    parts = [
        ("headline: ", before.headline, after.headline),
        ("authors: ", ", ".join(before.authors), ", ".join(after.authors)),
    ]
    lines = [Text(label).append(_words(old, new, marked=marked)) for label, old, new in parts if old != new]
    sentences = [
        *changed_sentences(before.description, after.description),
        *changed_sentences(before.article_body, after.article_body),
    ]
    return [*lines, *(_words(old, new, marked=marked) for old, new in dict.fromkeys(sentences))]


def _words(before: str, after: str, *, marked: bool) -> Text:
    """The words of both, with what went and what came."""
    old, new = (
        [_plain(text)] if len(text) > LONG else _WORD.findall(_plain(text)) for text in (before, after)
    )
    line = Text()
    went = came = ""
    for tag, from_old, to_old, from_new, to_new in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        same = "".join(new[from_new:to_new])
        if tag != "equal":
            went, came = went + "".join(old[from_old:to_old]), came + same
        elif same.isspace() and (went or came):  # one change of several words, not several changes
            went, came = went + same, came + same
        else:
            line.append(_change(went, came, marked=marked)).append(same)
            went = came = ""
    return line.append(_change(went, came, marked=marked))


def _change(went: str, came: str, *, marked: bool) -> Text:
    """As `git diff --word-diff` shows it where there are no colours."""
    old, new = (f"[-{went}-]", f"{{+{came}+}}") if marked else (went, came)
    return Text.assemble((old if went else "", "red strike"), (new if came else "", "green bold"))


def _plain(text: str) -> str:
    """In one line, without what would control a terminal."""
    return _CONTROL.sub(" ", text).strip()
