"""How far a command is: a bar on a terminal, a plain line every few seconds elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

OnStep = Callable[[int, int, int], None]
"""Hears how many are done, of how many, and how many of them failed."""

_LINE_EVERY_S = 3.0


@contextmanager
def shown(things: str, console: Console) -> Iterator[OnStep]:
    """Show how far it is, with the time that is left.

    Args:
        things: what is counted, in the plural and in small letters.
        console: where; NO_COLOR and a console that is no terminal are respected.
    """
    if not console.is_terminal:
        yield _lines(things, console)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        title = things.capitalize()
        task = bar.add_task(title, total=None)

        def on_step(done: int, of: int, failed: int) -> None:
            bar.update(task, total=of, completed=done, description=f"{title}, {failed} failed" if failed else title)

        yield on_step


@contextmanager
def steps(of: int, console: Console) -> Iterator[Callable[[str], None]]:
    """Show a few steps that cannot be counted further: a bar on a terminal, a line each elsewhere."""
    if not console.is_terminal:
        yield lambda title: console.print(f"{title} …")
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=of, completed=-1)

        def begin(title: str) -> None:
            bar.update(task, description=title, advance=1)

        yield begin


def _lines(things: str, console: Console) -> OnStep:
    started = said = time.monotonic()

    def on_step(done: int, of: int, failed: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _LINE_EVERY_S:
            said = now
            left_s = (now - started) / done * (of - done)
            console.print(f"{done:,} of {of:,} {things}, {failed:,} failed, about {left_s:.0f} s to go")

    return on_step
