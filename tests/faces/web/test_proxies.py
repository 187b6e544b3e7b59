"""Behind another server each client is counted by itself; nobody else may say who asks."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.errors import UsageError
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.proxies import LONGEST, client_of, networks
from skinproof.workflows.query import open_workspace

NEAR = networks(["127.0.0.1", "10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1, 203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        ("127.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9:51000"], "203.0.113.9"),
        ("127.0.0.1", ["203.0.113.9, <script>"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9" + "," * 2 * LONGEST], "127.0.0.1"),
        ("::1", ["[2001:db8:1:2:3::4]:443"], "2001:db8:1:2::/64"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("testclient", ["203.0.113.9"], "testclient"),
    ],
)
def test_the_last_address_that_no_trusted_server_has_is_the_client(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, NEAR) == client


def test_without_a_named_server_the_header_is_nothing() -> None:
    assert client_of("127.0.0.1", ["203.0.113.9"], ()) == "127.0.0.1"


@pytest.mark.parametrize("word", ["example.org", "10.0.0.1/8", ""])
def test_what_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(UsageError, match="--trust-proxy"):
        networks([word])


def test_each_client_behind_a_named_server_has_its_own_limit(data_dir: Path) -> None:
    for trusted, second in ((("10.0.0.1",), 200), ((), 429)):
        settings = Settings(api_per_second=0.001, api_burst=1, proxies=networks(trusted))
        app = make_app(data_dir, open_workspace, settings)
        with TestClient(app, base_url="http://127.0.0.1", client=("10.0.0.1", 5000)) as made:
            asked = [
                made.get("/api/v1/edition", headers={"x-forwarded-for": who}).status_code
                for who in ("203.0.113.1", "203.0.113.2", "203.0.113.1")
            ]
        assert asked == [200, second, 429]
