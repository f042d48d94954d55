"""One small POST out of the process, for traces and alarms: no redirects, a short wait, standard library alone."""

import urllib.request
from typing import Any


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Whoever is configured is told, nobody else."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - urllib's own signature
        """Follow nothing; urllib raises then."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def post(url: str, body: bytes, *, timeout_s: float) -> None:
    """Send JSON and forget the answer.

    Args:
        url: http or https, from a setting that has been checked.
        body: JSON.
        timeout_s: how long to wait.

    Raises:
        OSError: nobody took it (urllib's and http's errors among them).
    """
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method="POST")  # noqa: S310 - see above
    with _OPENER.open(request, timeout=timeout_s) as answer:
        answer.read(1)
