"""Tables as files: the same words in four formats, and no word is code in any of them."""

import csv
import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document

from skinproof.errors import UsageError
from skinproof.faces.cli import main
from skinproof.faces.table_file import write_table_file
from skinproof.faces.table_tex import LONG, tex
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable

SMOKING = str(Path(__file__).resolve().parents[2] / "docs/examples/quit-smoking.csv")
BCG = str(Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv")
HOSTILE = "=HYPERLINK(\"x\") \\input{/etc/passwd} <script>alert('1')</script> 50% & $x$ #1 a_b^c ~ {d} | -- τ² ≤ µ\x1b[1m"


def table(name: str = "Study A", rows: int = 1) -> PaperTable:
    return PaperTable(
        title=f"Title {name}",
        columns=(PaperColumn(f"Study {name}"), PaperColumn("A, events/people", True), PaperColumn("MD", True), PaperColumn("CI", True)),
        rows=(
            PaperRow((f"Group {name}", "", "", ""), "group"), *(PaperRow((name, "3/12", "−0.50", "[−0.90, 0.10]"),) for _ in range(rows)),
            PaperRow(("All", "", "−0.50", "[−0.90, 0.10]"), "total"),
        ),
        notes=(f"Note {name}", "Second."),
    )  # fmt: skip


def written(folder: Path, kind: str, made: PaperTable) -> str:
    write_table_file(folder / f"t.{kind}", made)
    return (folder / f"t.{kind}").read_text(encoding="utf-8")


def test_a_spreadsheet_reads_numbers_and_runs_no_formula(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(written(tmp_path, "csv", table(HOSTILE)))))
    assert rows[0][1:] == ["A, events/people", "MD", "CI"]
    assert rows[2][0].startswith("'=HYPERLINK") and "[U+001B]" in rows[2][0]
    assert rows[2][1:] == ["3 of 12", "-0.50", "[-0.90, 0.10]"], "3/12 would be read as a day"


class Page(HTMLParser):
    """Elements with their attributes, and the text of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "!doctype"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_html_has_a_caption_and_scopes_and_no_script(tmp_path: Path) -> None:
    page = Page(written(tmp_path, "html", table(HOSTILE)))
    tags = [tag for tag, _ in page.seen]
    assert not page.open and "script" not in tags and tags.count("caption") == 1
    scopes = [attrs["scope"] for tag, attrs in page.seen if tag == "th"]
    assert scopes == ["col"] * 4 + ["rowgroup", "row", "row"]
    assert any(word.startswith("=HYPERLINK") and "<script>alert('1')</script>" in word for word in page.words)
    assert not [attrs for _, attrs in page.seen if "src" in attrs or "href" in attrs or "style" in attrs]


def test_latex_sets_every_letter_and_runs_no_command(tmp_path: Path) -> None:
    text = written(tmp_path, "tex", table(HOSTILE))
    line = next(line for line in text.splitlines() if line.startswith("=HYPER"))
    assert (
        r"\input" not in line
        and r"\textbackslash{}input\{/etc/passwd\}" in line
        and r"50\% \& \$x\$ \#1 a\_b" in line
    )
    assert text.count("{") == text.count("}")
    assert [text.count(rf"\{rule}") for rule in ("toprule", "midrule", "bottomrule")] == [1, 1, 1]
    assert r"\ensuremath{-}0.50 & [\ensuremath{-}0.90, 0.10] \\" in text
    assert all(
        line.count(" & ") == 3 for line in text.splitlines() if line.startswith(("All", r"\textbf{All"))
    )


@pytest.mark.parametrize("mark", ["\\", "{", "}", "$", "&", "#", "%", "_", "^", "~"])
def test_no_mark_of_latex_stays_bare(mark: str) -> None:
    bare = re.sub(r"\\[a-zA-Z]+\{\}|\\.", "", tex(f"a{mark}b"))
    assert bare == "ab"


def test_a_name_in_brackets_is_no_option_of_the_row_above(tmp_path: Path) -> None:
    assert "\n{}[1.5cm] Study & " in written(tmp_path, "tex", table("[1.5cm] Study"))


@pytest.mark.parametrize(("name", "rows"), [(HOSTILE, 1), ("Ärzte & Söhne", LONG + 5)])
def test_latex_compiles(tmp_path: Path, name: str, rows: int) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here")
    text = written(tmp_path, "tex", table(name, rows))
    assert ("longtable" in text) == (rows > LONG)
    head = r"\documentclass{article}\usepackage{array,booktabs,longtable}\begin{document}\input{t.tex}\end{document}"
    (tmp_path / "d.tex").write_text(head, encoding="utf-8")
    run = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "d.tex"]
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, check=False, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]


def test_word_has_a_real_table_with_a_header_row_caption_and_notes(tmp_path: Path) -> None:
    write_table_file(tmp_path / "t.docx", table(HOSTILE))
    document = Document(str(tmp_path / "t.docx"))
    (found,) = document.tables
    assert [cell.text for cell in found.rows[0].cells][1:] == ["A, events/people", "MD", "CI"]
    assert (
        found.rows[0]._tr.trPr.find("{*}tblHeader") is not None
        and found.rows[1]._tr.trPr.find("{*}tblHeader") is None
    )
    name, *numbers = (cell.text for cell in found.rows[2].cells)
    assert (
        name.startswith("=HYPERLINK") and "<script>" in name and numbers == ["3/12", "−0.50", "[−0.90, 0.10]"]
    )
    assert len({cell._tc for cell in found.rows[1].cells}) == 1, "a heading spans the table"
    words = [p.text for p in document.paragraphs]
    assert words[0].startswith("Title =HYPERLINK") and document.paragraphs[0].style.name == "Caption"
    assert words[-1] == "Second." and document.core_properties.author == ""


def test_another_suffix_is_refused_before_anything_is_pooled(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"t\.xlsx: tables are written as \.csv, \.html, \.tex or \.docx"):
        write_table_file(tmp_path / "t.xlsx", table())
    found = CliRunner().invoke(main, ["pool", "none.csv", "--measure", "RR", "--table", "t.xlsx"])
    assert found.exit_code == 2 and "t.xlsx: tables are written as" in found.output


@pytest.mark.parametrize(
    ("words", "first", "heads"),
    [
        (("living", BCG, "--measure", "RR", "--order", "year"), "Aronson 1948", ["Study", "year", "RR", "95% CI", "Studies so far"]),
        (("network", SMOKING, "--measure", "OR"), "Against ", ["Comparison", "Studies of both", "Evidence", "OR", "95% CI", "95% PI", "p"]),
        (("multilevel", BCG, "--measure", "RR", "--cluster", "allocation"), "random", ["Study", "Effect"]),
    ],
)  # fmt: skip
def test_the_other_commands_that_pool_write_theirs(
    tmp_path: Path, words: tuple[str, ...], first: str, heads: list[str]
) -> None:
    paths = [tmp_path / "t.csv", tmp_path / "t.html"]
    found = CliRunner().invoke(main, [*words, *(w for path in paths for w in ("--table", str(path)))])
    assert found.exit_code == 0, found.output
    rows = list(csv.reader(io.StringIO(paths[0].read_text(encoding="utf-8"))))
    assert rows[0][: len(heads)] == heads and rows[1][0].startswith(first) and len(rows) > 5
    assert "confidence interval" in paths[1].read_text(encoding="utf-8")


def test_pool_writes_each_table_that_is_asked_for(tmp_path: Path) -> None:
    paths = [tmp_path / f"t.{kind}" for kind in ("csv", "html", "tex", "docx")]
    asked = [word for path in paths for word in ("--table", str(path))]
    found = CliRunner().invoke(main, ["pool", BCG, "--measure", "RR", "--arms", "BCG,no BCG", *asked])
    assert found.exit_code == 0, found.output
    rows = list(csv.reader(io.StringIO(paths[0].read_text(encoding="utf-8"))))
    assert rows[1] == ["Aronson 1948", "4 of 123", "11 of 139", "0.41", "[0.13, 1.26]", "5.1"]
    assert "Computed with skinproof" in paths[1].read_text(encoding="utf-8")
    assert r"Ferguson \& Simes 1949" in paths[2].read_text(encoding="utf-8")
    (made,) = Document(str(paths[3])).tables
    assert len(made.rows) == len(rows)


def test_headings_of_rows_are_a_column_in_a_spreadsheet(tmp_path: Path) -> None:
    words = ["pool", BCG, "--measure", "RR", "--subgroup", "allocation", "--table", str(tmp_path / "t.csv")]
    assert CliRunner().invoke(main, words).exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text(encoding="utf-8"))))
    assert {row["allocation"] for row in rows} == {"random", "alternate", "systematic", "All subgroups"}
    assert all(row["RR"] or "prediction" in row["Study"] for row in rows), "no row is a heading"


@pytest.mark.parametrize(
    "words",
    [
        ("living", BCG, "--measure", "RR", "--order", "year"),
        ("pool", BCG, "--measure", "RR", "--arms", "BCG vaccination of children,no vaccination at all"),
        ("network", SMOKING, "--measure", "OR"),
        ("multilevel", BCG, "--measure", "RR", "--cluster", "allocation"),
    ],
)
def test_latex_fits_the_line_of_an_article(tmp_path: Path, words: tuple[str, ...]) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here")
    assert CliRunner().invoke(main, [*words, "--table", str(tmp_path / "t.tex")]).exit_code == 0
    head = r"\documentclass{article}\usepackage{array,booktabs,longtable}\begin{document}\input{t.tex}\end{document}"
    (tmp_path / "d.tex").write_text(head, encoding="utf-8")
    run = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "d.tex"]
    subprocess.run(run, cwd=tmp_path, capture_output=True, check=True)
    log = (tmp_path / "d.log").read_text(encoding="utf-8", errors="replace")
    over = [float(size) for size in re.findall(r"Overfull .hbox \((\d[\d.]*)pt too wide", log)]
    assert max(over, default=0.0) < 2, over


def test_names_of_studies_have_room_in_word_and_on_pages(tmp_path: Path) -> None:
    rows = tuple(
        PaperRow(("NCT00587990 posted results", "2/6", "3/3", "0.33", "[0.11, 1.03]", "5.5"))
        for _ in range(3)
    )
    heads = ("MSC, events/people", "control, events/people", "RR", "95% CI", "Weight (%)")
    columns = (PaperColumn("Study"), *(PaperColumn(head, numeric=True) for head in heads))
    made = PaperTable(title="t", columns=columns, rows=rows)
    assert '<th scope="row" class="name">NCT00587990 posted results</th>' in written(tmp_path, "html", made)
    write_table_file(tmp_path / "t.docx", made)
    first = Document(str(tmp_path / "t.docx")).tables[0].columns[0].width
    assert first.cm > 26 * 0.18 + 0.4, "26 letters of 9 points and the padding"
