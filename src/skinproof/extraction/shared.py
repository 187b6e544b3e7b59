"""What the scenes of one study share: worked out once, however many products it has and however many facts ask."""

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import TypeVar, cast

from skinproof.extraction.letters import Letters
from skinproof.extraction.sentences import Sentence, sentence_at, sentences
from skinproof.extraction.stems import lower
from skinproof.studies.documents import StudyText

T = TypeVar("T")


class Shared:
    """The text of one study with its sentences, its small letters, and answers of readers that hold for all products."""

    def __init__(self, text: StudyText) -> None:
        self.text = text
        self._cuts: dict[int, tuple[Sentence, ...]] = {}
        self._known: dict[Hashable, object] = {}

    @cached_property
    def low(self) -> str:
        """The joined text in small letters, every letter at its place."""
        return lower(self.text.text)

    @cached_property
    def letters(self) -> Letters:
        """Where the letters stand that patterns need."""
        return Letters(self.low)

    def cut(self, place: int) -> tuple[Sentence, ...]:
        """The sentences of field number `place`, by offsets of that field."""
        cut = self._cuts.get(place)
        if cut is None:
            cut = self._cuts[place] = sentences(self.text.fields[place].text)
        return cut

    def sentence(self, offset: int) -> tuple[int, int]:
        """(start, end) of the sentence around an offset of the joined text."""
        place = self.text.field_at(offset)
        start = self.text.starts[place]
        cut = self.cut(place)
        if not cut:
            return start, start
        first, last = cut[sentence_at(cut, offset - start)]
        return start + first, start + last

    def once(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` gives, asked once per key. The key tells what it depends on: start it with the caller's name."""
        if key not in self._known:
            self._known[key] = work()
        return cast(T, self._known[key])
