"""Synthetic preparations for view and command tests: invented products of the invented studies of `synthetic`."""

from typing import Any

from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span
from skinproof.model.preparations import PreparationRow
from tests.views.synthetic import STUDIES

FIELD = "protocolSection.armsInterventionsModule.interventions[0].description"
FACTS = (
    "source",
    "donor",
    "separation",
    "size",
    "purity",
    "markers",
    "dose",
    "concentration",
    "schedule",
    "route",
)


def said(name: str, *values: str | Quantity, state: str = "reported", **more: Any) -> Finding:
    """A finding whose readings quote themselves. more: arms, flags of every reading."""
    readings = tuple(
        Reading(
            value=value if isinstance(value, str) else value.unit,
            spans=(Span(FIELD, 0, 9, f"synthetic words of {name}"),),
            rule=f"{name}/1",
            reason="synthetic",
            quantity=None if isinstance(value, str) else value,
            **more,
        )
        for value in values
    )
    return Finding(property=name, state=state, rule=f"{name}/1", reason="synthetic", readings=readings)


def silent(name: str) -> Finding:
    """A finding that nothing is said."""
    return Finding(
        property=name, state="not_reported", rule=f"{name}/1", reason="looked in: title", looked_in=("title",)
    )


def preparation(
    *findings: Finding, number: int = 1, agent_class: str = "ev", role: str = "given", **more: Any
) -> Preparation:
    """A preparation with these findings; all other facts are not reported."""
    given = {finding.property: finding for finding in findings}
    found = tuple(given.pop(name, None) or silent(name) for name in FACTS)
    name = more.pop("name", f"Synthetic {agent_class} product")
    return Preparation(
        number=number, agent_class=agent_class, role=role, agents=(f"agent:{agent_class}",), name=name,
        findings=(*found, *given.values()), **more,
    )  # fmt: skip


def amount(kind: str, low: float, high: float | None = None, per: str = "", **more: Any) -> Quantity:
    """An amount in base units."""
    return Quantity(kind=kind, low=low, high=low if high is None else high, per=per, **more)


def row(place: int, *findings: Finding, **more: Any) -> PreparationRow:
    """A preparation of STUDIES[place]."""
    return PreparationRow(STUDIES[place], preparation(*findings, **more))


ROWS = (
    # hair loss and acne scar, two levels on the skin, and what the product weighs against its particles
    row(0, said("route", "topical"), said("source", "adipose"), said("dose", amount("particles", 2e8), amount("particles", 2e10)),
        said("concentration", amount("particles", 1e9, per="mL", per_value=2.0)),
        said("purity", amount("particles", 2e9, 4e9, per="ug{protein}"))),
    # keloid: protein dose injected, and PRP without a dose
    row(1, said("route", "injection_local"), said("dose", amount("protein", 100.0))),
    row(1, said("route", "injection_local"), number=2, agent_class="prp"),
    # measured only
    row(2, role="measured"),
    # skin disorder: levels without an amount
    row(3, said("route", "topical"), said("dose", "1X", "2X"), agent_class="prp"),
    # vesicles that carry a drug: two readings compete
    row(5, said("route", "topical"), said("dose", amount("particles", 109), amount("particles", 1e9), state="unclear"),
        role="carrier"),
)  # fmt: skip
"""As `workspace.preparations` gives them, measured ones included."""
