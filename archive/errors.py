"""The exception tree of the project. Do not add one without documenting it here.

    StorytrailError              anything we expect to go wrong; commands print it as one line
      UsageError                 wrong arguments or settings of a command or spider (exit code 2)
      SeedError                  a seed that cannot be read
      SourcesError               a sources file that is not valid
      PageError                  a page that could not be read into an article
      ArchiveError               the archive cannot do what was asked
        ArchiveBusy              another process held it for too long; try again
        ArchiveAway              its server cannot be reached or does not answer
        ArchiveFull              its server is away and the spool is full
        BadQuery                 the words of a search cannot be understood
      LedgerError                the ledger cannot do what was asked
      WarcError                  a raw page that is missing or damaged

Each message names the thing, the place and the next step, in one line.
"""


class StorytrailError(Exception):
    """An expected failure; its text is one line for the user."""


class UsageError(StorytrailError):
    """Wrong arguments or settings; a command ends with exit code 2."""


class SeedError(StorytrailError):
    """A seed article that cannot be read."""


class SourcesError(StorytrailError):
    """A sources file that is not valid; names file and line."""


class PageError(StorytrailError):
    """A page that could not be read into an article."""


class ArchiveError(StorytrailError):
    """The archive cannot do what was asked."""


class ArchiveBusy(ArchiveError):
    """Another process held the archive for too long."""


class ArchiveAway(ArchiveError):
    """The archive's server cannot be reached or does not answer."""


class ArchiveFull(ArchiveError):
    """The archive's server is away and the spool holds as much as it may."""


class BadQuery(ArchiveError):
    """The words of a search cannot be understood."""


class LedgerError(StorytrailError):
    """The ledger cannot do what was asked."""


class WarcError(StorytrailError):
    """A raw page that is missing or damaged."""
