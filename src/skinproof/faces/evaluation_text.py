"""An evaluation report as text for a terminal."""

from skinproof.faces.output import bold
from skinproof.views.evaluation import EvaluationReport, FieldScore
from skinproof.views.text import Column, clean, table, wrap

Interval = tuple[float, float] | None


def report_lines(report: EvaluationReport, width: int, limit: int | None) -> list[str]:
    """Scores, what went wrong in which way, classes, confusion, and the first `limit` disagreements with quotes."""
    lines = [f"{report.n_scored:,} of {report.n_labels:,} labelled studies are in this edition"]
    if report.missing:
        shown = ", ".join(report.missing[:10]) + (", ..." if len(report.missing) > 10 else "")
        lines += wrap(clean(f"Not in it: {shown}"), width)
    heads = [
        Column("Field"),
        *(Column(name, right=True) for name in ("n", "Accuracy", "95% interval", "Macro F1")),
    ]
    rows = [
        (name, str(f.n), _rate(f.accuracy), _interval(f.accuracy_interval), _rate(f.macro_f1))
        for name, f in report.fields.items()
    ]
    lines += ["", *table(heads, rows, width), "", *_states(report, width)]
    for name, field in report.fields.items():
        lines += ["", bold(name), *_classes(field, width), *_confusion(field, width)]
    return [*lines, *_disagreements(report, width, limit)]


def _states(report: EvaluationReport, width: int) -> list[str]:
    """Cells by state: a value said where the table has none is another error than a value passed over."""
    names = ("Value right", "Wrong value", "Said but absent", "Missed", "Absent right", "Unclear", "Left out")
    rows = [
        (
            name, str(f.states.reported_right), str(f.states.reported_wrong_value),
            str(f.states.reported_but_absent), str(f.states.missed), str(f.states.absent_right),
            str(f.states.unclear), str(f.left_out),
        )
        for name, f in report.fields.items()
    ]  # fmt: skip
    lines = table([Column("Field"), *(Column(name, right=True) for name in names)], rows, width)
    for name, f in report.fields.items():
        if f.not_understood:
            words = "; ".join(f"{raw} ({n})" for raw, n in f.not_understood.items())
            lines += wrap(clean(f"{name}: left out, words not surely known: {words}"), width)
    return lines


def _rate(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(value: Interval) -> str:
    return "-" if value is None else f"{value[0]:.2f} to {value[1]:.2f}"


def _classes(field: FieldScore, width: int) -> list[str]:
    names = ("Precision", "95%", "Recall", "95%", "F1", "Labels", "Found")
    rows = [
        (
            name, _rate(c.precision), _interval(c.precision_interval), _rate(c.recall), _interval(c.recall_interval),
            _rate(c.f1), str(c.support), str(c.found),
        )
        for name, c in field.per_class.items()
    ]  # fmt: skip
    return table([Column("Class"), *(Column(name, right=True) for name in names)], rows, width)


def _confusion(field: FieldScore, width: int) -> list[str]:
    """Only what was confused: label -> answer, most frequent first."""
    wrong = [
        (n, expected, found)
        for expected, row in field.confusion.items()
        for found, n in row.items()
        if n and expected != found
    ]
    words = "; ".join(
        f"{expected} taken for {found} {n}x"
        for n, expected, found in sorted(wrong, key=lambda w: (-w[0], w[1:]))
    )
    return wrap(clean(f"Confused: {words}" if words else "Nothing confused"), width)


def _disagreements(report: EvaluationReport, width: int, limit: int | None) -> list[str]:
    if not report.disagreements:
        return []
    lines = ["", bold("Disagreements")]
    for d in report.disagreements[:limit]:
        lines += wrap(
            clean(f"{d.record_id} {d.field}: the table says {d.expected}, here {d.found} - {d.reason}"), width
        )
        for quote in d.quotes:
            lines += wrap(
                clean(f'{quote.field}: "{quote.quote}" ({quote.read_as}; {quote.reason})'), width, "    "
            )
    if limit is not None and len(report.disagreements) > limit:
        lines.append(f"... {len(report.disagreements) - limit} more (--limit 0)")
    return lines
