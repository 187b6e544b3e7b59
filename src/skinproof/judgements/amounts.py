"""Values of findings as the journal writes them: names and short texts as they are, amounts in base units, `; ` between several.

An amount is written `kind: low-high unit`, as `particles: 1e10 {particles}/mL` or `cells: about 2e6 {cells}/kg`.
"""

import re

from skinproof.model.findings import BASE_UNITS, BOUNDS, PER_UNITS, Quantity, Reading

_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_AMOUNT = re.compile(
    rf"(?P<kind>\w+): (?:(?P<bound>{'|'.join(b for b in BOUNDS if b)}) )?(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))? (?P<unit>\S+)"
)
_OVER = re.compile(rf"\((?P<n>{_NUMBER})\.(?P<per>.+)\)")


def amount_text(quantity: Quantity) -> str:
    """A quantity as the journal writes it; `read_amount` gives it back."""
    low, high = f"{quantity.low:.12g}", f"{quantity.high:.12g}"
    bound = f"{quantity.bound} " if quantity.bound else ""
    return f"{quantity.kind}: {bound}{low}{f'-{high}' if high != low else ''} {quantity.unit}"


def read_amount(text: str) -> Quantity | None:
    """The quantity that `amount_text` wrote; None for any other text."""
    found = _AMOUNT.fullmatch(text)
    if found is None or found["kind"] not in BASE_UNITS:
        return None
    base = BASE_UNITS[found["kind"]]
    per, per_value = "", 1.0
    if found["unit"] != base:
        if not found["unit"].startswith(f"{base}/"):
            return None
        per = found["unit"].removeprefix(f"{base}/")
        over = _OVER.fullmatch(per)
        if over is not None:
            per, per_value = over["per"], float(over["n"])
        if per not in PER_UNITS or per_value <= 0:
            return None
    low = float(found["low"])
    high = float(found["high"] or found["low"])
    if not low <= high < float("inf"):
        return None
    return Quantity(
        kind=found["kind"], low=low, high=high, per=per, per_value=per_value, bound=found["bound"] or ""
    )


def readings(value: str, rule: str, reason: str) -> tuple[Reading, ...]:
    """The readings that a value of the journal stands for."""
    found = []
    for part in value.split("; "):
        quantity = read_amount(part)
        text = part.partition(": ")[2] if quantity is not None else part
        found.append(Reading(value=text, spans=(), rule=rule, reason=reason, quantity=quantity))
    return tuple(found)
