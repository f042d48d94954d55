"""Become another program: `python -I -S child.py DEATH_SIGNAL PARENT UID GID COMMAND…`.

Runs between fork and exec, where a `preexec_fn` would run Python in a forked
copy of a process that may have threads. This is a process of its own instead,
which drops to the account given (-1: stays who it is), asks the kernel to be
signalled when the launcher dies (Linux; elsewhere the next start cleans up)
and then becomes the command, keeping its process id.

The kernel sends that signal when the *thread* that started us ends: the
launcher starts everything from its main thread. Changing the user id clears
the request, so it comes last. Standard library only, without site-packages.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def _drop_to(uid: int, gid: int) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def _die_with(parent: int, death_signal: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)


def main(arguments: list[str]) -> None:
    """Drop, ask, exec; returns never, and exits 1 or 126 when it cannot."""
    death_signal, parent, uid, gid = (int(word) for word in arguments[:4])
    command = arguments[4:]
    try:
        _drop_to(uid, gid)
        _die_with(parent, death_signal)
        os.execv(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error}\n")
        sys.exit(126)


if __name__ == "__main__":
    main(sys.argv[1:])
