"""Building the next index beside the current one, and moving the aliases to it without losing a write.

1. The next index is made with the alias `BASE-articles-also`: from then on every crawl writes to both.
2. All documents are copied in the order of their ids; how far is noted in the next index's mapping.
3. That alias is marked as `is_write_index`. Both are compared, id by id (version, digest, relations), and
   differences mended until there are none.
4. The aliases change places in one step. The former index is still kept up to date, so that one can go back
   by steps 3 and 4.

Each step can be interrupted at any point and done again: the aliases and the notes are all its state.

Why nothing acknowledged is lost, whatever stops or stands still in between:

- A put writes the first index, brings the second to the same version, reads both again, and then looks at the
  aliases again; it is acknowledged when both held the same, with the article in it, and the aliases had not
  moved. So a write before step 1 is copied, a later one is in both, and after a switch it is done again.
- A document's next state is written to the first index only over the state it was made from (`if_seq_no`),
  and to the second only with a higher version number. A writer that still takes the former index for the
  first can so bring over it only what descends from everything acknowledged, and sees that at its last look.
- The mark of step 3 moves the aliases, too: from then on what the second index refuses is refused to the
  crawl (a dead letter), and what it takes can be searched there at once. Before, the comparison finds it.
- What a killed crawl wrote to one index only was not acknowledged; the comparison, or the next put, mends it.
- The number of an index is never used twice, and no write brings a deleted index back (the templates).
"""

import time
from collections.abc import Callable
from typing import Any

from elasticsearch import Elasticsearch

from archive.elastic.address import Address
from archive.elastic.documents import article_of, document, placed
from archive.elastic.indexes import BACK_OR_DROP, Indexes, State
from archive.elastic.mirror import align, bulk, compared, versioned
from archive.elastic.schema import CURRENT, SCHEMA_VERSION, create_index
from archive.errors import ArchiveAway, ArchiveError

PAGE = 500
"""Documents copied or mended at a time."""

PAGES_A_NOTE = 10
"""Pages after which it is noted how far the copy is."""

MENDING_TRIES = 40
MENDING_WAIT = 0.25
"""Rounds, and seconds between them, in which two indexes that a crawl writes to must come to agree."""

COPIED = "copied_through"
"""Note in the next index's `_meta`: up to which id it was copied; "~" means all."""

DROPPED = "dropped"
"""Note in the current index's `_meta`: the index that was, or is to be, deleted."""

_END = "~"
"""Sorts behind every id."""

Report = Callable[[str], None]


class Migration:
    """Moves one archive from index to index; `report` is told each step in one line.

    Every method raises ArchiveError with the next step in one line, ArchiveAway where the server was away for
    longer than `PATIENCE`. A crawl of an older program that runs on leaves the fields empty that only this
    program fills, in what it writes before the switch; after it, its articles wait in its spool.
    """

    def __init__(self, client: Elasticsearch, address: Address, report: Report = lambda line: None) -> None:
        self._client = client
        self._indexes = Indexes(client, address)
        self._names = self._indexes.names
        self._report = report
        self._refused: dict[str, str] = {}

    def state(self) -> State:
        """Raises ArchiveError where there is no archive."""
        found = self._indexes.aliases()
        current = [index for index, names in found.items() if self._names.read in names]
        other = [index for index, names in found.items() if self._names.also in names]
        if not current:
            advice = "a first crawl makes it, or `scrapy archive copy`"
            if found:
                aliases = f"{self._names.read} and {self._names.write}"
                advice = f"give one of {', '.join(sorted(found))} the aliases {aliases}"
            raise ArchiveError(f"there is no archive at {self._indexes.address.location} yet; {advice}")
        return State(current[0], other[0] if other else "", self._names)

    def migrate(self, *, shards: int | None = None, always: bool = False) -> str:
        """Bring the archive to this program's schema, and to `shards` primary shards; says what was done.

        Goes on with a migration that was interrupted. `always`: build a new index though nothing changed.
        """
        state = self.state()
        self._check_readable(state.current)
        if state.under_way:
            self._check_goes_on(state, shards)
        elif not always and self._fits(state.current, shards):
            return f"{state.current} is up to date (schema version {SCHEMA_VERSION}){state.advice}"
        elif state.other:
            raise ArchiveError(
                f"the former index {state.other} is still kept; {BACK_OR_DROP}; then migrate again"
            )
        else:
            state = self._begin(state, shards)
        self._report(f"{state.current} -> {state.other}: both are written to from now on")
        if copied := self._copy(state):
            self._report(f"copied {_articles(copied)}")
        return self._switch(state)

    def back(self) -> str:
        """Return to the former index; a line on what was done."""
        state = self.state()
        if state.under_way:
            raise ArchiveError(f"{state.current} is read, and none is kept before it{state.advice}")
        if not state.other:
            raise ArchiveError(f"there is only {state.current}; nothing to go back to")
        self._check_readable(state.current)
        return self._switch(state)

    def drop(self) -> str:
        """Delete the index that is not read; a line on what was done."""
        state = self.state()
        other = state.other
        if other:
            self._indexes.note(state.current, DROPPED, other)
            gone = {"remove": {"index": other, "alias": self._names.also, "must_exist": True}}
            if not self._indexes.move(gone) and self.state() != State(state.current, "", self._names):
                raise self._disturbed()
        else:
            other = self._indexes.noted(state.current, DROPPED)  # by a drop that was interrupted
            if other not in self._indexes.aliases():
                raise ArchiveError(f"there is only {state.current}; nothing to drop")
        self._indexes.patiently(self._client.indices.delete, index=other, ignore_unavailable=True)
        return f"deleted {other}; {state.current} is read and written"

    def _fits(self, index: str, shards: int | None) -> bool:
        """Whether it is what is asked for."""
        as_wanted = shards is None or shards == self._indexes.shards(index)
        return as_wanted and self._indexes.version(index) == SCHEMA_VERSION

    def _check_readable(self, index: str) -> None:
        version = self._indexes.version(index)
        if version > SCHEMA_VERSION:
            raise ArchiveError(
                f"{index} is in schema version {version}, newer than this program's {SCHEMA_VERSION}; "
                "use the program that wrote it, or newer"
            )

    def _check_goes_on(self, state: State, shards: int | None) -> None:
        """Raise ArchiveError if the migration under way is not the one that is asked for."""
        version = self._indexes.version(state.other)
        has = self._indexes.shards(state.other)
        problem = ""
        if version != SCHEMA_VERSION:
            problem = f"to schema version {version}, this program's is {SCHEMA_VERSION}"
        elif shards not in (None, has):
            problem = f"to {has} shards, not {shards}"
        if problem:
            advice = "scrapy archive migrate --drop gives it up; then migrate again"
            raise ArchiveError(f"a migration to {state.other} is under way, {problem}; {advice}")

    def _begin(self, state: State, shards: int | None) -> State:
        used = [*self._indexes.aliases(), self._indexes.noted(state.current, DROPPED)]
        number = max(map(self._names.number, used)) + 1
        aliases = {self._names.also: {"is_write_index": False}}
        self._indexes.patiently(
            create_index, self._client, self._names.base, number, shards=shards, aliases=aliases
        )
        begun = self.state()
        if begun.other != self._names.index(number):
            raise self._disturbed()
        return begun

    def _copy(self, state: State) -> int:
        """Copy what was not copied yet; the number of documents."""
        done = self._indexes.noted(state.other, COPIED)
        if done == _END:
            return 0
        copied = 0
        self._indexes.refresh(state.current)
        for number, page in enumerate(self._indexes.pages(state.current, done, PAGE), 1):
            self._indexes.patiently(self._write, state.other, page)
            copied += sum(_is_current(doc["_id"]) for doc in page)
            if number % PAGES_A_NOTE == 0:
                self._indexes.note(state.other, COPIED, page[-1]["_id"])
                self._report(f"copied {_articles(copied)}")
        self._indexes.note(state.other, COPIED, _END)
        return copied

    def _write(self, index: str, page: list[dict[str, Any]]) -> None:
        """Write documents as this program makes them; what is refused or has changed the comparison finds."""
        actions = (
            {**versioned(doc["_id"], doc["_version"]), "_source": _made(doc["_source"])} for doc in page
        )
        bulk(self._client, index, actions)

    def _switch(self, state: State) -> str:
        """Let the two indexes change places once they hold the same."""
        self._mark(state, switching=True)
        try:
            count = self._agree(state)
        except ArchiveAway:
            raise
        except ArchiveError:
            self._mark(state, switching=False)
            raise
        self._indexes.refresh(state.other)
        names, old, new = self._names, state.current, state.other
        moved = self._indexes.move(
            {"remove": {"index": new, "alias": names.also, "must_exist": True}},
            {"remove": {"index": old, "aliases": [names.read, names.write], "must_exist": False}},
            {"add": {"index": new, "alias": names.read, "filter": CURRENT}},
            {"add": {"index": new, "alias": names.write}},
            {"add": {"index": old, "alias": names.also, "is_write_index": False}},
        )
        if not moved and self.state().current != new:  # else the first try did it, only its answer was lost
            raise self._disturbed()
        return f"{new} is read and written now: {_articles(count)}{State(new, old, names).advice}"

    def _mark(self, state: State, *, switching: bool) -> None:
        """Tell the crawls whether the indexes are about to change places."""
        alias = {"index": state.other, "alias": self._names.also}
        if not self._indexes.move(
            {"remove": {**alias, "must_exist": True}}, {"add": {**alias, "is_write_index": switching}}
        ):
            raise self._disturbed()

    def _agree(self, state: State) -> int:
        """Mend differences until there are none; the number of documents. Raises ArchiveError otherwise."""
        self._refused = {}
        self._indexes.refresh(state.current)
        self._indexes.refresh(state.other)
        count = 0
        differing: list[str] = []
        for article_id, same in compared(*map(self._indexes.states, (state.current, state.other))):
            count += _is_current(article_id)
            if not same:
                differing.append(article_id)
        self._report(f"compared {_articles(count)}: {len(differing)} to bring over")
        for at in range(0, len(differing), PAGE):
            self._mend(state, differing[at : at + PAGE])
        if self._refused:
            advice = "mend what it names and say the same again, or scrapy archive migrate --drop"
            raise ArchiveError(
                f"{state.other} does not take {_articles(len(self._refused))}, such as "
                f"{next(iter(self._refused.values()))}; nothing was switched; {advice}"
            )
        return count

    def _mend(self, state: State, ids: list[str]) -> None:
        """Make these documents the same in both, while crawls may be writing them; notes what is refused."""
        for number in range(MENDING_TRIES):
            if number > 1:  # the second only looks whether the first did it
                time.sleep(MENDING_WAIT)
            found = self._indexes.patiently(align, self._client, state.current, state.other, ids, made=_made)
            for one, reason in found.refused.items():
                self._refused[one] = f"{found.ours[one]['_source']['url']} ({reason})"
            ids = [one for one in found.differing if one not in self._refused]
            if not ids:
                return
        raise ArchiveError(
            f"{state.current} and {state.other} differ in {_articles(len(ids))}, such as {ids[0]}; nothing "
            "was switched; try again when fewer crawls write"
        )

    def _disturbed(self) -> ArchiveError:
        return ArchiveError(
            f"another command changes the indexes of {self._indexes.address.location} at the same time; "
            "see that only one does, and say the same again"
        )


def _is_current(document_id: str) -> bool:
    """Whether it is an article, not one of its former revisions."""
    return "@" not in document_id


def _articles(count: int) -> str:
    return f"{count} article{'s' * (count != 1)}"


def _made(source: dict[str, Any]) -> dict[str, Any]:
    """The document as this program makes it."""
    made = placed(document(article_of(source)), source)
    if previous := made.get("previous"):
        made["previous"] = _made(previous)
    return made
