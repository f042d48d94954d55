"""The one kind of failure that the launcher expects."""

from collections.abc import Sequence


class LaunchError(Exception):
    """Something that the person at the keyboard can put right.

    Printed as a sentence, the last lines of a log where there are any, and a
    hint; never as a traceback.
    """

    def __init__(self, sentence: str, hint: str, lines: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.lines = tuple(lines)
