"""Base class of our commands: an expected error is one line on stderr and an exit code, never a traceback."""

import os
import sys
from argparse import Namespace
from io import TextIOWrapper
from typing import Any, ClassVar, NoReturn

from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings

from archive.errors import SourcesError, StorytrailError, UsageError


def _survive_any_locale() -> None:
    """Let characters that the terminal's encoding lacks come out as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class Command(ScrapyCommand):
    """A command of ours; subclasses write `execute` and raise `StorytrailError` for expected failures.

    Exit codes: 0 done, 1 failed, 2 wrong arguments.
    """

    requires_project = True
    requires_crawler_process = False
    default_settings: ClassVar[dict[str, Any]] = {"LOG_ENABLED": False}

    @property
    def project_settings(self) -> Settings:
        """The project's settings with the command line's."""
        assert self.settings is not None
        return self.settings

    def run(self, args: list[str], opts: Namespace) -> None:
        """Run `execute`; turn expected errors into one line and an exit code."""
        sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (None where it is closed, `>&-`)
        sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
        try:
            self._refuse_unknown_options(args)
            _survive_any_locale()
            if "--" in args:  # the end of the options: Python 3.11 hands it on where options stand before it
                args.remove("--")
            self.exitcode = self.execute(args, opts)
            sys.stdout.flush()
        except (UsageError, SourcesError) as error:
            self.fail(str(error), 2)
        except StorytrailError as error:
            self.fail(str(error), 1)
        except KeyboardInterrupt:
            self.fail("stopped", 130)  # 128 + SIGINT, as shells have it
        except BrokenPipeError:  # the reader of our output has gone (`| head`): the rest may go nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.fail(f"cannot write the output: {error.strerror}", 1)

    def _refuse_unknown_options(self, args: list[str]) -> None:
        # Scrapy hands unknown options on as arguments; after `--` they are meant as such
        given = sys.argv[: sys.argv.index("--")] if "--" in sys.argv else sys.argv
        unknown = [arg for arg in args if arg.startswith("--") and len(arg) > 2 and arg in given]
        if unknown:
            raise UsageError(f"there is no option {unknown[0]}; see `scrapy {self.name} --help`")

    def fail(self, message: str, exitcode: int) -> None:
        """Print one line on stderr and remember the exit code."""
        print(f"{self.name}: {message}", file=sys.stderr)
        self.exitcode = exitcode

    @property
    def name(self) -> str:
        """The command's name: the last part of its module."""
        return type(self).__module__.rpartition(".")[2]

    def execute(self, args: list[str], opts: Namespace) -> int:
        """Do the command's work; returns the exit code."""
        raise NotImplementedError

    def usage_error(self, message: str) -> NoReturn:
        """Give up with one line and exit code 2."""
        raise UsageError(message)
