"""An address of the API takes as much as its description says, and no more."""

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.api import BASE
from skinproof.faces.web.api.endpoint import OFTEN, Endpoint, Param
from skinproof.faces.web.api.endpoints import ENDPOINTS
from tests.faces.test_site import EVIL

AGAIN = [(endpoint, param) for endpoint in ENDPOINTS for param in endpoint.all_params if param.many]

WORDS = {
    "role": "given",
    "indication": "scar",
    "phase": "PHASE2",
    "status": "COMPLETED",
    "country": EVIL,
    "id": "NCT99000001",
}
"""Words that are known where the table of addresses has no example."""


@pytest.mark.parametrize(
    ("endpoint", "param"), AGAIN, ids=[f"{one.path}-{param.name}" for one, param in AGAIN]
)
def test_a_parameter_is_given_again_as_often_as_described_and_no_oftener(
    client: TestClient, endpoint: Endpoint, param: Param
) -> None:
    needed = {one.name: one.example or "exosome" for one in endpoint.params if one.needed}
    word = param.choices[0] if param.choices else param.example or WORDS.get(param.name, "none")
    address = BASE + endpoint.path.replace("{id}", WORDS["id"])
    answered = client.get(address, params={**needed, param.name: [word] * OFTEN})
    assert answered.status_code == 200, answered.text
    refused = client.get(address, params={**needed, param.name: [word] * (OFTEN + 1)})
    assert refused.status_code == 400 and refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == f"{param.name} is given {OFTEN + 1} times; {OFTEN} at most"
