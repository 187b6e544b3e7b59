"""A table as a Word document: a real table with a header row that repeats, its caption above and its notes below."""

import io
from typing import TYPE_CHECKING

from skinproof.views.paper_table import PaperRow, PaperTable
from skinproof.views.text import clean

if TYPE_CHECKING:
    from docx.oxml.table import CT_Tbl
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.shared import Length
    from docx.table import _Cell

WIDE = 6
"""A page with more columns lies on its side."""
NARROWEST, WIDEST, WIDEST_NUMBER, PADDING = 5, 32, 15, 3
"""Letters for which a column has room at least and at most (words, numbers), and those that its padding takes."""
BOLD = 1.15
"""How much wider letters in bold are; the names of rows have room as if all were."""
MARGIN = 2.0
"""Left and right of the table, in cm."""


def docx_bytes(table: PaperTable) -> bytes:
    """The document."""
    from docx import Document  # loaded only when a Word file is asked for
    from docx.enum.section import WD_ORIENT
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Emu, Pt, RGBColor

    document = Document()
    title = clean(table.title)
    about = document.core_properties
    about.title, about.author, about.comments, about.language = title, "", "", "en"
    section = document.sections[0]
    if len(table.columns) > WIDE:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    caption = document.add_paragraph(style="Caption")
    caption.add_run(title).font.color.rgb = RGBColor(0, 0, 0)
    caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.columns))
    made.alignment = WD_TABLE_ALIGNMENT.CENTER
    _frame(made._tbl, title)
    section.left_margin = section.right_margin = Cm(MARGIN)
    room = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    widths = _widths(table, room)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    numeric = [column.numeric for column in table.columns]
    header = PaperRow(tuple(column.head for column in table.columns), "total")
    for place, (row, given) in enumerate(zip(made.rows, (header, *table.rows), strict=True)):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))
        cells = row.cells
        if given.kind == "group":
            cells[0].merge(cells[-1])
        for at, (cell, text) in enumerate(zip(cells, given.cells, strict=True)):
            if given.kind == "group" and at:
                break
            _fill(cell, text, bold=bool(given.kind), right=numeric[at])
            cell.paragraphs[0].paragraph_format.keep_with_next = given.kind == "group" or None
            cell.width = widths[at] if given.kind != "group" else Emu(sum(widths))
            if place == 0:
                cell._tc.get_or_add_tcPr().append(_borders("w:tcBorders", ("bottom",)))
    for note in table.notes:
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(4), Pt(0)
        paragraph.add_run(clean(note)).font.size = Pt(9)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _frame(made: "CT_Tbl", title: str) -> None:
    """A line above and below, and what the table is called for readers that speak, in the order of the schema."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    properties = made.tblPr
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), title)
    properties.append(caption)
    look = properties.find(qn("w:tblLook"))
    borders = _borders("w:tblBorders", ("top", "bottom"))
    if look is None:
        properties.append(borders)
    else:
        look.addprevious(borders)


def _borders(name: str, sides: tuple[str, ...]) -> "BaseOxmlElement":
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement(name)
    for side in sides:
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "8"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    return borders


def _widths(table: PaperTable, room: int) -> "list[Length]":
    """Widths of the columns by the letters in them, in EMU, which fill the page together."""
    from docx.shared import Emu

    rows = [row for row in table.rows if row.kind != "group"]
    letters = [
        max([*(BOLD * len(word) for word in column.head.split()), *((1.0 if column.numeric else BOLD) * len(row.cells[at]) for row in rows)])
        for at, column in enumerate(table.columns)
    ]  # fmt: skip
    most = [WIDEST_NUMBER if column.numeric else WIDEST for column in table.columns]
    shares = [min(max(size, NARROWEST), top) + PADDING for size, top in zip(letters, most, strict=True)]
    return [Emu(int(room * share / sum(shares))) for share in shares]


def _fill(cell: "_Cell", text: str, *, bold: bool, right: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(1)
    paragraph.paragraph_format.line_spacing = 1.0
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(clean(text))
    run.bold = bold
    run.font.size = Pt(9)
