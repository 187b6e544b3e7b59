"""How near each quantity must come to its reference: quantity -> relative tolerance, in one table.

1e-8 or better for closed forms, 1e-6 or better for what is iterated; what is written here is what is reached.
"""

# Below this size a difference is judged absolutely: the relative error of a value near 0 says nothing.
FLOOR = 1e-3

RTOL = {
    "escalc.yi": 1e-11,
    "escalc.vi": 1e-10,
    "escalc.sei": 1e-10,
    "escalc.zi": 1e-10,
    "escalc.ci.lb": 1e-10,
    "escalc.ci.ub": 1e-10,
    "escalc.ni": 0.0,
    "transf": 1e-12,
    # metafor integrates these numerically itself.
    "transf.int": 1e-8,
}
