"""The settings of the egg that scrapyd runs: unpacks the egg, then they are the project's.

An egg is a zip file. Our word lists, schemas and sources are files that are read from disk, and the processes
that read pages import the code once each: so a run works on a copy, which it deletes at its end.
"""

import atexit
import shutil
import sys
import tempfile
import zipfile

_copy = tempfile.mkdtemp(prefix="storytrail-egg-")
atexit.register(shutil.rmtree, _copy, ignore_errors=True)
with zipfile.ZipFile(__loader__.archive) as _egg:  # type: ignore[name-defined]
    _egg.extractall(_copy)
sys.path.insert(0, _copy)

from crawler.settings import *  # noqa: E402, F403
