"""Preparations made by hand, so that scores and flags are tested apart from reading; no real product is meant."""

from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span

ARM = "protocolSection.armsInterventionsModule.interventions[0].description"
TOLD = "protocolSection.descriptionModule.detailedDescription"


def reading(
    value: str,
    quote: str = "",
    *,
    kind: str = "",
    low: float = 0,
    high: float | None = None,
    per: str = "",
    per_value: float = 1.0,
    bound: str = "",
    flags: tuple[str, ...] = (),
    arms: tuple[str, ...] = (),
    field: str = ARM,
) -> Reading:
    quote = quote or value
    top = low if high is None else high
    quantity = (
        Quantity(kind=kind, low=low, high=top, per=per, per_value=per_value, bound=bound) if kind else None
    )
    return Reading(
        value=value,
        spans=(Span(field, 0, len(quote), quote),),
        rule="made/1",
        reason="made by hand",
        quantity=quantity,
        flags=flags,
        arms=arms,
    )


def finding(name: str, *readings: Reading, state: str = "") -> Finding:
    state = state or ("reported" if readings else "not_reported")
    return Finding(property=name, state=state, rule="made/1", reason="made by hand", readings=readings)


def preparation(
    *findings: Finding,
    agent_class: str = "ev",
    role: str = "given",
    agents: tuple[str, ...] = ("agent:ev",),
    number: int = 1,
) -> Preparation:
    return Preparation(
        number=number, agent_class=agent_class, role=role, agents=agents, name="made", findings=findings
    )


FULL = preparation(
    finding("source", reading("umbilical_cord")),
    finding("species", reading("human")),
    finding("donor", reading("allogeneic")),
    finding("culture", reading("serum_free")),
    finding("storage", reading("frozen")),
    finding("separation", reading("ultracentrifugation"), reading("density_gradient")),
    finding("size", reading("120 nm", kind="diameter", low=120, flags=("statistic: mode", "method: NTA"))),
    finding(
        "purity",
        reading("particles_per_protein", kind="particles", low=5e10, per="ug{protein}"),
        reading("sterility"),
        reading("endotoxin"),
    ),
    finding(
        "markers",
        reading("cd9"),
        reading("cd63"),
        reading("tsg101"),
        reading("calnexin", flags=("absent",)),
        reading("fibronectin"),
    ),
    finding("yield", reading("1e9 per 1e6 cells", kind="particles", low=1e9, per="{cells}", per_value=1e6)),
    finding("potency", reading("potency_assay")),
    finding("dose", reading("1e10 {particles}", kind="particles", low=1e10)),
    finding("concentration"),
    finding("schedule", reading("once")),
    finding("route", reading("intravenous")),
    finding(
        "reporting",
        *(
            reading(value)
            for value in (
                "G1",
                "S2",
                "screening",
                "P2",
                "P3",
                "C7",
                "C8",
                "I1",
                "I2",
                "F2",
                "lot",
                "R1",
                "R2",
            )
        ),
    ),
)
"""A synthetic vesicle product that reports every item that applies to it."""
