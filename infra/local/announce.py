"""What the person at the keyboard reads when everything runs."""

from collections.abc import Mapping

from infra.local.console import heading
from infra.local.home import Home


def page(
    base_url: str, links: Mapping[str, str], pages: Mapping[str, str], provider: Mapping[str, str], home: Home
) -> list[str]:
    """Return the lines to print.

    Args:
        base_url: where the web service listens, as a browser should name it.
        links: role -> one-time sign-in address; may be empty.
        pages: title -> address; may be empty.
        provider: title -> how to sign in with it; may be empty.
        home: where the data, the logs and run.json are.
    """
    links = {role.replace("_", " "): link for role, link in links.items()}
    where = {"Data and logs": str(home.path), "For programs": str(home.run_file)}
    keys = {"Stop": "Ctrl-C", "Start again": "make run", "Remove all data": "make reset"}
    width = max(len(label) for label in [*pages, *links, *provider, *where, *keys])
    lines = ["", f"  {heading('OwnCall is running:')} {base_url}"]
    lines += _block("Pages", pages, width)
    lines += _block("Sign in (each link works once, on this machine)", links, width)
    lines += _block("Sign in with a work account (single sign-on)", provider, width)
    lines += _block("Where", where, width)
    lines += _block("And then", keys, width)
    return [*lines, ""]


def _block(title: str, rows: Mapping[str, str], width: int) -> list[str]:
    if not rows:
        return []
    return ["", f"  {heading(title)}", *(f"    {label.ljust(width)}  {value}" for label, value in rows.items())]
