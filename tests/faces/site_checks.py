"""Plain checks of written pages: are they well-formed, do their links lead somewhere, can they be read?"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

VOID = {"meta", "link", "br", "input", "img", "hr", "col", "wbr"}
SELF_CLOSED = {"rect", "circle", "path", "line"}
LANDMARKS = {"header", "nav", "main", "footer"}


class Page(HTMLParser):
    """One parsed page; `problems` says what is not well-formed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts_inline = 0
        self.feed(text)
        self.close()
        if self.open:
            self.problems.append(f"never closed: {self.open}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if len(values) != len(attrs):
            self.problems.append(f"attribute given twice in <{tag}>")
        self.tags.append((tag, values))
        if values.get("id"):
            self.ids.append(values["id"] or "")
        if tag == "a" and values.get("href") is not None:
            self.links.append(values["href"] or "")
        if tag in ("script", "img", "iframe", "source", "embed", "object", "use", "image"):
            address = values.get("src") or values.get("data") or values.get("href")
            if address:
                self.loads.append(address)
            elif tag == "script":
                self.scripts_inline += 1
        if tag == "link":
            self.loads.append(values.get("href") or "")
        self.handlers += [name for name in values if name.startswith("on") or name == "style"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open[-1:] or 'nothing'}")
            if tag in self.open:
                del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]
            return
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All words of the page, blanks joined."""
        return re.sub(r"\s+", " ", " ".join(self.words))


def read_site(folder: Path) -> dict[str, Page]:
    """Every page of a site by its relative name."""
    return {
        path.relative_to(folder).as_posix(): Page(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.html"))
    }


def broken_links(folder: Path, pages: dict[str, Page]) -> list[str]:
    """Relative links and loads that lead to no file, or to no id of a page that has ids of its own."""
    broken = []
    for name, page in pages.items():
        for link in [*page.links, *page.loads]:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            target = (folder / name).parent / unquote(parts.path) if parts.path else folder / name
            if not target.resolve().is_file() or not target.resolve().is_relative_to(folder.resolve()):
                broken.append(f"{name}: {link}")
            elif parts.fragment and "=" not in parts.fragment:
                goal = target.resolve().relative_to(folder.resolve()).as_posix()
                if goal in pages and parts.fragment not in pages[goal].ids:
                    broken.append(f"{name}: {link} (no such id)")
    return broken


def colours(css: str, dark: bool) -> dict[str, str]:
    """Custom properties with hex colours: the light ones, then the dark ones over them if asked for."""
    light, rest = re.split(r"@media screen and \(prefers-color-scheme: ?dark\)", css, maxsplit=1)
    pattern = r"(--[\w-]+):\s*(#[0-9a-f]{6})\b"
    found = dict(re.findall(pattern, light))
    if dark:
        depth, end = 0, 0
        for end, letter in enumerate(rest):  # noqa: B007
            depth += (letter == "{") - (letter == "}")
            if letter == "}" and depth == 0:
                break
        found.update(re.findall(pattern, rest[:end]))
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours. Source: WCAG 2.2, relative luminance."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(over: str, under: str, share: float) -> str:
    """The colour seen where `over` lies on `under` with an opacity of `share`."""
    parts = (
        round(int(over[at : at + 2], 16) * share + int(under[at : at + 2], 16) * (1 - share))
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)
