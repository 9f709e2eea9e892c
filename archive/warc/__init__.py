"""Raw pages: every response as it was received, in WARC 1.1 files with an index beside each.

`RawStore` writes and reads them; `check_file` says whether a file holds. docs/raw.md is the user's page,
docs/decisions/0009-raw-store.md says why it is so.
"""

from archive.warc.check import Checked, Fault, check_file
from archive.warc.records import Earlier, RawResponse
from archive.warc.store import RawStore

__all__ = ["Checked", "Earlier", "Fault", "RawResponse", "RawStore", "check_file"]
