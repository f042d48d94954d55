"""Ports on the loopback interface."""

import errno
import secrets
import socket

from infra.local.errors import LaunchError

USUAL = 8080
# Below what Linux (from 32768) and macOS (from 49152) give to outgoing connections: one of those took a port that
# was free a second before, and a server did not come up.
_OURS = range(20_000, 32_768)
_LOOPBACKS = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


def is_free(port: int) -> bool:
    """Tell whether nobody listens on the port, on either loopback: browsers try ::1 for localhost first.

    Raises:
        PermissionError: ports as low as this are not ours to take.
    """
    for family, address in _LOOPBACKS:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((address, port))
        except PermissionError:
            raise
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            if family == socket.AF_INET:
                raise
    return True


def any_free() -> int:
    """Return a port that nobody uses right now; whoever takes it has to be ready to lose a race."""
    while not is_free(port := secrets.choice(_OURS)):
        pass
    return port


def choose(wanted: int | None, usual: int = USUAL) -> int:
    """Return the port wanted; else the usual one if it is free, else any free one.

    Raises:
        LaunchError: the port wanted is taken, or not ours to take.
    """
    if wanted is None:
        return usual if is_free(usual) else any_free()
    try:
        if is_free(wanted):
            return wanted
        reason = "is taken by another program"
    except PermissionError:
        reason = "may only be used by root"
    raise LaunchError(
        f"Port {wanted}, asked for with OWNCALL_PORT, {reason}.",
        f"Choose another: OWNCALL_PORT={any_free()} make run, or leave OWNCALL_PORT out and a free one is found.",
    )
