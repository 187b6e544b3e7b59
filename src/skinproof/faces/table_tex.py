"""A table in LaTeX: booktabs, and longtable where it would not fit a page. To be read with \\input."""

import re
import unicodedata

from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.text import clean

LONG = 40
"""Rows from which a table runs over pages."""
MANY = 6
"""Columns that fit a page as they are; of more, words and long numbers are set as paragraphs, in smaller type."""
WIDE, WIDE_OF_MANY = 34, 16
"""Letters that fit a line of a cell, in a table of few and of many columns."""

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
    widths = [max((len(row.cells[at]) for row in table.rows if row.kind != "group"), default=0) for at in range(len(columns))]  # fmt: skip
    many = len(columns) > MANY
    form = "".join(_form(column, width, many=many, first=not at) for at, (column, width) in enumerate(zip(columns, widths, strict=True)))  # fmt: skip
    size = r"\footnotesize\setlength{\tabcolsep}{3pt}" if many else r"\small\setlength{\tabcolsep}{4pt}"
    head = " & ".join(_head(column) for column in columns) + r" \\"
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


def _form(column: PaperColumn, width: int, *, many: bool, first: bool) -> str:
    """How a column is set. width: the letters of its longest cell; many: whether the table has many columns."""
    if width <= (WIDE_OF_MANY if many else WIDE):
        return "r" if column.numeric else "l"
    share = (0.2 if first else 0.12) if many else 0.35
    side = "raggedleft" if column.numeric else "raggedright"
    return rf">{{\{side}\arraybackslash}}p{{{share}\linewidth}}"


def _head(column: PaperColumn) -> str:
    """The head of a column in bold; what stands after its last comma goes to a line of its own."""
    first, mark, second = column.head.rpartition(", ")
    if not (mark and column.numeric):
        return rf"\textbf{{{tex(column.head)}}}"
    return rf"\begin{{tabular}}[b]{{@{{}}r@{{}}}}\textbf{{{tex(first)},}}\\ \textbf{{{tex(second)}}}\end{{tabular}}"


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
