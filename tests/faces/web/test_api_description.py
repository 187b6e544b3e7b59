"""The API answers as its description says, whatever it is asked: found out by schemathesis."""

import shutil
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS

from skinproof.faces.web.api.endpoints import ENDPOINTS
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.query import open_workspace
from tests.chance import examples

TOKEN = "t" * 40
NOT_OURS = ("positive_data_acceptance",)
"""Names of agents and complaints are of the vocabulary, which a schema of words cannot say."""


@pytest.fixture(scope="module")
def api(data_dir: Path) -> schemathesis.BaseSchema:
    # An application of its own: it is started and ended with each request.
    hosts = host_names("127.0.0.1", ["testserver"])
    app = make_app(data_dir, open_workspace, Settings(api_per_second=0, hosts=hosts))
    # What is asked may also be too long to be read at all.
    rejected = {"expected-statuses": [400, 404, 414, 422]}
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": rejected}})
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config)


@pytest.mark.hypothesis
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
@pytest.mark.parametrize("path", [endpoint.path for endpoint in ENDPOINTS])
def test_every_answer_is_as_described(api: schemathesis.BaseSchema, path: str, mode: GenerationMode) -> None:
    left_out = [CHECKS.get_one(name) for name in NOT_OURS]

    @settings(max_examples=examples(15), suppress_health_check=list(HealthCheck))
    @given(case=api[path]["GET"].as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(excluded_checks=left_out)

    ask()


@pytest.mark.hypothesis
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_writing_a_judgement_answers_as_described(
    data_dir: Path, tmp_path: Path, mode: GenerationMode
) -> None:
    shutil.copytree(data_dir, tmp_path / "data")
    hosts = host_names("127.0.0.1", ["testserver"])
    told = Settings(api_per_second=0, hosts=hosts, write_token=TOKEN)
    app = make_app(tmp_path / "data", open_workspace, told)
    rejected = {"expected-statuses": [400, 403, 404, 413, 415]}
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": rejected}})
    described = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app, config=config)
    # Without the token there is nothing to validate but 401; names of studies are not in a schema.
    left_out = [CHECKS.get_one(name) for name in (*NOT_OURS, "ignored_auth")]

    @settings(max_examples=examples(10), suppress_health_check=list(HealthCheck))
    @given(case=described["/judgements"]["POST"].as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        case.call_and_validate(excluded_checks=left_out, headers={"authorization": f"Bearer {TOKEN}"})

    ask()
