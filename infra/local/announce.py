"""What the person at the keyboard reads when everything runs."""

from collections.abc import Mapping

from infra.local.console import heading
from infra.local.home import Home


def page(
    base_url: str,
    links: Mapping[str, str],
    pages: Mapping[str, str],
    more: Mapping[str, Mapping[str, str]],
    home: Home,
) -> list[str]:
    """Return the lines to print.

    Args:
        base_url: where the web service listens, as a browser should name it.
        links: role -> one-time sign-in address; may be empty.
        pages: title -> address; may be empty.
        more: heading -> rows, of what stands between signing in and where things are; may be empty.
        home: where the data, the logs and run.json are.
    """
    links = {role.replace("_", " "): link for role, link in links.items()}
    where = {"Data and logs": str(home.path), "For programs": str(home.run_file)}
    keys = {"Stop": "Ctrl-C", "Start again": "make run", "Remove all data": "make reset"}
    width = max(
        len(label) for label in [*pages, *links, *(label for rows in more.values() for label in rows), *where, *keys]
    )
    lines = ["", f"  {heading('OwnCall is running:')} {base_url}"]
    lines += _block("Pages", pages, width)
    lines += _block("Sign in (each link works once, on this machine)", links, width)
    for title, rows in more.items():
        lines += _block(title, rows, width)
    lines += _block("Where", where, width)
    lines += _block("And then", keys, width)
    return [*lines, ""]


def _block(title: str, rows: Mapping[str, str], width: int) -> list[str]:
    if not rows:
        return []
    return ["", f"  {heading(title)}", *(f"    {label.ljust(width)}  {value}" for label, value in rows.items())]
