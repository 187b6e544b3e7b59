"""A table in LaTeX: booktabs, and longtable where it would not fit a page. To be read with \\input."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from math import ceil, floor

from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.text import clean, wrap

LONG = 40
"""Rows from which a table runs over pages."""
PAGE = 345.0
"""Width of a line in points, of LaTeX's own article at 10 points: the narrowest page that a table has to fit."""
SIZES = ((r"\small", 4, 5.0), (r"\footnotesize", 3, 4.6))
"""Sizes of type to be tried, each with the space beside a column and the width of a letter, in points."""
WIDE = 34
"""Letters from which a cell is set as a paragraph, whatever room there is."""
BOLD = 1.15
"""How much wider letters in bold are."""
LEAST = 36.0
"""Least width of a paragraph, in points."""

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\ensuremath{<}", ">": r"\ensuremath{>}", "|": r"\ensuremath{|}",
    '"': "''", "`": r"\textasciigrave{}", "\N{MINUS SIGN}": r"\ensuremath{-}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "≠": r"\ensuremath{\neq}", "≈": r"\ensuremath{\approx}",
    "→": r"\ensuremath{\rightarrow}", "←": r"\ensuremath{\leftarrow}", "∞": r"\ensuremath{\infty}", "√": r"\ensuremath{\surd}",
    "×": r"\ensuremath{\times}", "±": r"\ensuremath{\pm}", "·": r"\ensuremath{\cdot}", "µ": r"\ensuremath{\mu}",
    "°": r"\ensuremath{^\circ}", "–": "--", "—": "---", "…": r"\ldots{}", "‘": "`", "’": "'", "“": "``", "”": "''", "\u00a0": "~",
    "½": r"\ensuremath{\frac{1}{2}}", "¼": r"\ensuremath{\frac{1}{4}}", "¾": r"\ensuremath{\frac{3}{4}}",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ":
    "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
    "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma",
    "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω":
    "Omega",
}  # fmt: skip
_DASHES = re.compile("-(?=-)")
"""Hyphens in a row, which LaTeX would draw as a dash."""
_RAISED = {"<super>": r"\textsuperscript", "<sub>": r"\textsubscript"}


def tex_text(table: PaperTable) -> str:
    """The table, ready for \\input."""
    columns = table.columns
    long = len(table.rows) > LONG
    widths = [max((_letters(row.cells[at], bold=row.kind == "total") for row in table.rows if row.kind != "group"), default=0) for at in range(len(columns))]  # fmt: skip
    heads = [_broken(column, width) for column, width in zip(columns, widths, strict=True)]
    size, form = _laid_out(table, widths, heads)
    head = " & ".join(map(_head, columns, heads)) + r" \\"
    rows = [_row(row, len(columns)) for row in table.rows]
    notes = [rf"\par\noindent\footnotesize {tex(note)}" for note in table.notes]
    packages = r"\usepackage{array,booktabs" + (",longtable}" if long else "}")
    lines = [f"% Needs {packages} in the preamble; read it with \\input."]
    if _beyond_latin(table):
        lines.append(
            "% Has letters that pdfLaTeX does not know: use LuaLaTeX or XeLaTeX with a font that has them."
        )
    caption = rf"\caption{{{tex(table.title)}}}"
    if long:
        lines += [
            f"{{{size}%", rf"\begin{{longtable}}{{{form}}}", caption + r"\\", r"\toprule", head, r"\midrule", r"\endfirsthead", r"\toprule", head,
            r"\midrule", r"\endhead", r"\bottomrule", r"\endfoot", *rows, r"\end{longtable}", *notes, r"\par}",
        ]  # fmt: skip
    else:
        lines += [
            r"\begin{table}[htbp]", rf"\centering{size}", caption, rf"\begin{{tabular}}{{{form}}}", r"\toprule", head, r"\midrule", *rows,
            r"\bottomrule", r"\end{tabular}", r"\begin{minipage}{\linewidth}\medskip", *notes, r"\end{minipage}", r"\end{table}",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def _laid_out(table: PaperTable, widths: Sequence[int], heads: Sequence[Sequence[str]]) -> tuple[str, str]:
    """The size of type and the form of the columns with which the table fits a line, in paragraphs where it must."""
    columns = table.columns
    needed = [max(width, *map(len, head)) for width, head in zip(widths, heads, strict=True)]
    words = [_longest_word(table, at) for at in range(len(columns))]
    # words give way first, the names of the rows before others, then the longest numbers
    order = sorted(range(len(columns)), key=lambda at: (columns[at].numeric, at and -needed[at]))
    rest = 0.0
    for size in SIZES:
        name, beside, letter = size
        least = [max(LEAST, letter * word) for word in words]
        folded = {at for at, width in enumerate(widths) if width > WIDE}
        rest = _rest(needed, folded, beside, letter)
        if rest >= sum(least[at] for at in folded):
            break
    else:
        for at in order:
            if rest >= sum(least[place] for place in folded):
                break
            if needed[at] * letter > least[at]:
                folded.add(at)
                rest = _rest(needed, folded, beside, letter)
    spare = max(rest - sum(least[at] for at in folded), 0.0)
    wanted = {at: max(needed[at] * letter - least[at], 0.0) for at in folded}
    part = min(1.0, spare / (sum(wanted.values()) or 1.0))
    form = ""
    for at, column in enumerate(columns):
        if at in folded:
            side = "raggedleft" if column.numeric else "raggedright"
            share = floor(1000 * (least[at] + part * wanted[at]) / PAGE) / 1000
            form += rf">{{\{side}\arraybackslash}}p{{{share:.3f}\linewidth}}"
        else:
            form += "r" if column.numeric else "l"
    return rf"{name}\setlength{{\tabcolsep}}{{{beside}pt}}", form


def _letters(text: str, *, bold: bool = False) -> int:
    """How many letters take the room of the text: marks are about half as wide as a digit, letters in bold wider."""
    return ceil(sum(0.55 if letter in ".,:;|()[]' " else 1.0 for letter in text) * (BOLD if bold else 1.0))


def _longest_word(table: PaperTable, at: int) -> int:
    """Its letters; a head is in bold, which is wider."""
    cells = [row.cells[at] for row in table.rows if row.kind != "group"]
    heads = (ceil(BOLD * len(word)) for word in table.columns[at].head.split())
    return max([*heads, *(_letters(word) + 1 for cell in cells for word in cell.split())], default=0)


def _rest(needed: Sequence[int], folded: Collection[int], beside: int, letter: float) -> float:
    """What columns without paragraphs leave of the line, in points."""
    return (
        PAGE
        - 2 * beside * len(needed)
        - letter * sum(size for at, size in enumerate(needed) if at not in folded)
    )


def _broken(column: PaperColumn, width: int) -> list[str]:
    """The head in lines: what stands after its last comma has one of its own, and none is wider than it must be."""
    first, mark, second = column.head.rpartition(", ")
    parts = [f"{first},", second] if mark and column.numeric else [column.head]
    return [line for part in parts for line in wrap(part, max(width, *map(len, column.head.split()), 1))]


def _head(column: PaperColumn, lines: Sequence[str]) -> str:
    """The head of a column in bold."""
    bold = [rf"\textbf{{{tex(line)}}}" for line in lines]
    if len(bold) == 1:
        return bold[0]
    side = "r" if column.numeric else "l"
    return rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\ ".join(bold) + r"\end{tabular}"


def _row(row: PaperRow, columns: int) -> str:
    if row.kind == "group":
        return rf"\addlinespace\multicolumn{{{columns}}}{{l}}{{\textbf{{{tex(row.cells[0])}}}}} \\"
    cells = [rf"\textbf{{{tex(cell)}}}" if row.kind == "total" and cell else tex(cell) for cell in row.cells]
    if cells[0].startswith(("[", "*")):
        cells[0] = "{}" + cells[0]  # else it is read as an option of the end of the row above
    return " & ".join(cells) + r" \\"


def tex(text: str) -> str:
    r"""Text as LaTeX sets it letter by letter: nothing in it is a command.

    >>> tex(r"50% of \x_1 & τ² -0.5"), tex("--mid")
    ('50\\% of \\textbackslash{}x\\_1 \\& \\ensuremath{\\tau}\\textsuperscript{2} -0.5', '-{}-mid')
    """
    words = _DASHES.sub("-\x00", unicodedata.normalize("NFC", clean(text)))
    return "".join(map(_letter, words)).replace("\x00", "{}")


def _letter(letter: str) -> str:
    if letter.isascii() and letter not in _SPECIAL:
        return letter
    if letter in _SPECIAL:
        return _SPECIAL[letter]
    if letter in _GREEK:
        return rf"\ensuremath{{\{_GREEK[letter]}}}"
    kind, _, base = unicodedata.decomposition(letter).partition(" ")
    if kind in _RAISED and " " not in base:
        return f"{_RAISED[kind]}{{{_letter(chr(int(base, 16)))}}}"
    return letter


def _beyond_latin(table: PaperTable) -> bool:
    """Whether a letter is left that pdfLaTeX does not set from UTF-8: beyond Latin Extended-A."""
    words = [table.title, *table.notes, *(c.head for c in table.columns), *(cell for row in table.rows for cell in row.cells)]  # fmt: skip
    return any(ord(letter) > 0x17F for text in words for letter in tex(text))
