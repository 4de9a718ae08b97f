"""The edge of the command line: every error becomes one sentence on standard error and an exit status.

0 done, 1 failed, 2 wrong use, 130 interrupted (Ctrl-C). A reader of our output that goes away is a silent 1.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable

from callwright.kit.errors import CallwrightError

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


def run_edge(deed: Callable[[], object], *, debug: bool) -> int:
    """Run ``deed`` and return the exit status; no traceback leaves here unless ``debug``."""
    try:
        status = deed()
        sys.stdout.flush()
        if status == INTERRUPTED:  # the command line library has caught the interrupt
            return _say("Interrupted.", INTERRUPTED)
        return status if isinstance(status, int) else DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else DONE if leaving.code is None else FAILED
    except BrokenPipeError:
        # Whoever reads us (head, less) has enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return _say("Interrupted.", INTERRUPTED)
    except CallwrightError as error:
        if debug:
            traceback.print_exc()
        return _say(str(error), FAILED)
    except Exception as error:
        return _unforeseen(error, debug=debug)


def _unforeseen(error: Exception, *, debug: bool) -> int:
    name = type(error).__name__
    if name == "Abort":  # the command line library's word for Ctrl-C at a question
        return _say("Interrupted.", INTERRUPTED)
    tell = getattr(error, "format_message", None)
    if callable(tell):  # its usage errors; their class is not public
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "callwright"
        return _say(f"{_one_sentence(str(tell()))} See {command} --help.", WRONG_USE)
    if debug:
        traceback.print_exc()
    if isinstance(error, OSError):
        place = f" at {error.filename}" if error.filename else ""
        return _say(f"{error.strerror or error}{place}: check the place and try again.", FAILED)
    hint = "" if debug else "; run it again with CALLWRIGHT_DEBUG=1 and report what it shows"
    return _say(f"This should not happen: {name}: {' '.join(str(error).split())}{hint}.", FAILED)


def _one_sentence(text: str) -> str:
    joined = " ".join(text.split())
    return joined if joined.endswith((".", "?", "!")) else f"{joined}."


def _say(text: str, status: int) -> int:
    print(text, file=sys.stderr)
    return status
