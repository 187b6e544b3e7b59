"""Tables from the name of a file to what makes it, put together without making anything."""

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import TypeVar

from skinproof.faces.site.names import paper_href
from skinproof.faces.site.rows import study_href
from skinproof.judgements.links import is_paper
from skinproof.workflows.once import once

T = TypeVar("T")


class Later(Mapping[str, T]):
    """Files whose names are worked out when one that begins like them is asked for, or when all are."""

    def __init__(self, head: str, make: Callable[[], dict[str, T]]) -> None:
        self._head, self._make = head, make

    @once
    def _files(self) -> dict[str, T]:
        return self._make()

    def __getitem__(self, name: str) -> T:
        if not name.startswith(self._head):
            raise KeyError(name)
        return self._files[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


class Joined(Mapping[str, T]):
    """Several tables as one; the first that has a name gives the file."""

    def __init__(self, *parts: Mapping[str, T]) -> None:
        self._parts = parts

    def __getitem__(self, name: str) -> T:
        for part in self._parts:
            if name in part:
                return part[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class WithPapers(Mapping[str, str]):
    """The pages of studies and of papers, by record id. To look up only; paper: whether a paper has a page."""

    def __init__(self, studies: Mapping[str, str], paper: Callable[[str], bool]) -> None:
        self._studies, self._paper = studies, paper

    def __getitem__(self, record_id: str) -> str:
        if not is_paper(record_id):
            return self._studies[record_id]
        if not self._paper(record_id):
            raise KeyError(record_id)
        return paper_href(record_id)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class EveryStudy(Mapping[str, str]):
    """The page of any study, by id. To look up only: what studies there are, it does not know."""

    def __getitem__(self, record_id: str) -> str:
        if not record_id:
            raise KeyError(record_id)
        return study_href(record_id)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
