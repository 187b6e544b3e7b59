"""Studies of a picture as links to their rows on the page: they work without script, by mouse and by keyboard."""

from collections.abc import Sequence

from skinproof.views.svg_plot import said


def linked_to(row: int, words: str, part: Sequence[str]) -> str:
    """What is drawn of a study, as a link to `#study-ROW`. words: what a screen reader says of it."""
    return f'<a class="entry" href="#study-{row}" data-row="{row}" aria-label="{said(words)}">{"".join(part)}</a>'
