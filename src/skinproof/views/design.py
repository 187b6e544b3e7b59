"""How a study compares, in one word: the shade of the evidence map.

The rule, from what the registry states and nothing else. An interventional study (or one whose type is not stated) is
`randomised` where its allocation is RANDOMIZED; else `controlled` where its allocation is NON_RANDOMIZED, or its model
is of several groups (parallel, crossover, factorial); else `uncontrolled` where its allocation is NA or its model
SINGLE_GROUP. An observational study is `observational`. Everything else is `unknown`: a record that does not say.
The order randomised, controlled, uncontrolled, observational is that of how well a design can tell an effect from
chance and expectation; it says nothing of how well a study was done.
"""

DESIGNS = ("unknown", "observational", "uncontrolled", "controlled", "randomised")
"""From the least to the best: the place in this list is the shade."""

DESIGN_WORDS = {
    "randomised": "randomised controlled",
    "controlled": "controlled, not randomised",
    "uncontrolled": "uncontrolled",
    "observational": "observational",
    "unknown": "design not reported",
}

DESIGN_LETTERS = {
    "randomised": "R", "controlled": "C", "uncontrolled": "U", "observational": "O", "unknown": "?",
}  # fmt: skip
"""Printed beside the shade, so that nothing rests on colour alone."""

DESIGN_RULE = (
    "Best design: randomised controlled, then controlled, uncontrolled, observational, by the allocation, model and type "
    "that the registry states. It says what a design can show, not how well a study was done."
)

_GROUPS = ("PARALLEL", "CROSSOVER", "FACTORIAL")


def design_of(study_type: str | None, allocation: str | None, model: str | None) -> str:
    """One of DESIGNS, from the registry's words; None where it does not say.

    >>> design_of("INTERVENTIONAL", "RANDOMIZED", "PARALLEL"), design_of("INTERVENTIONAL", None, None)
    ('randomised', 'unknown')
    """
    if study_type == "OBSERVATIONAL":
        return "observational"
    if study_type not in (None, "INTERVENTIONAL"):
        return "unknown"
    if allocation == "RANDOMIZED":
        return "randomised"
    if allocation == "NON_RANDOMIZED" or model in _GROUPS:
        return "controlled"
    return "uncontrolled" if allocation == "NA" or model == "SINGLE_GROUP" else "unknown"
