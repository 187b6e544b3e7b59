"""How far a long command is, on stderr: a line that is written over in a terminal, else one a second."""

import sys
from time import monotonic
from typing import Self


class Progress:
    """Says `words` at most ten times a second in a terminal, every second elsewhere; silent unless wanted."""

    def __init__(self, wanted: bool | None) -> None:
        self._terminal = sys.stderr.isatty()
        self.on = self._terminal if wanted is None else wanted
        self._next = 0.0
        self._dirty = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._dirty:
            self._put("\r\x1b[K")

    def say(self, words: str) -> None:
        """Show where it stands, if it is time to."""
        if not self.on or monotonic() < self._next:
            return
        self._next = monotonic() + (0.1 if self._terminal else 1.0)
        self._dirty = self._terminal
        self._put(f"\r{words}\x1b[K" if self._terminal else f"{words}\n")

    def _put(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
