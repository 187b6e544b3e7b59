"""Every fact that is read of a preparation, in the order it is shown, with the function that reads it."""

from collections.abc import Callable
from typing import NamedTuple

from skinproof.extraction.scene import Scene
from skinproof.model.findings import Finding


class Fact(NamedTuple):
    """One fact: its name in tables, the label readers see, what it tells, who reads it, under which rule."""

    name: str
    label: str
    tells: str
    read: Callable[[Scene], Finding]
    rule: str


FACTS: tuple[Fact, ...] = ()
