"""What is kept of what was typed about an incident."""


def one_line(place: str) -> str:
    """Return a place as it is kept: one line, with a space for whatever cannot be printed."""
    return " ".join("".join(mark if mark.isprintable() else " " for mark in place).split())
