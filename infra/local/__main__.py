"""`python -m infra.local run | reset | check`: what `make` runs once everything is installed."""

import errno
import sys
from collections.abc import Callable

from infra.local import check, reset, run
from infra.local.console import say_error
from infra.local.errors import LaunchError
from infra.local.settings import read_settings

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
_COMMANDS: dict[str, Callable[[], None]] = {
    "run": lambda: run.run(read_settings()),
    "reset": lambda: reset.reset(read_settings()),
    "check": check.check,
}


def main(arguments: list[str]) -> int:
    """Run one command; returns the exit status: 0, or 1 after a failure that was explained."""
    if len(arguments) != 1 or arguments[0] not in _COMMANDS:
        say_error(LaunchError("Unknown command.", f"Choose one of: {', '.join(_COMMANDS)}"))
        return 2
    try:
        _COMMANDS[arguments[0]]()
    except LaunchError as error:
        return _explain(error)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        return _explain(
            LaunchError(f"OwnCall could not write: {error.strerror}.", "Make room on that disk and try again.")
        )
    return 0


def _explain(error: LaunchError) -> int:
    say_error(error)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
