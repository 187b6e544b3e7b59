"""Where a redirect may lead, and that a public name may not lead into a private network."""

from types import SimpleNamespace

import httpx2
import pytest

from skinproof.errors import SourceError
from skinproof.model.exchange import Request
from skinproof.transport.addresses import is_private, redirect_target
from skinproof.transport.client import Client
from skinproof.transport.policy import Policy
from tests.transport.test_client import answered

BASE = "https://registry.test/api/v2"
HOSTS = frozenset({"www.registry.test"})


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/api/v2/studies/B", "https://registry.test/api/v2/studies/B"),
        ("https://registry.test:443/x", "https://registry.test:443/x"),
        ("//www.registry.test/x", "https://www.registry.test/x"),
    ],
)
def test_a_redirect_within_the_source_is_followed(location: str, target: str) -> None:
    assert redirect_target(BASE, HOSTS, f"{BASE}/studies/A", location) == target


@pytest.mark.parametrize(
    "location",
    [
        "http://registry.test/x",  # no longer encrypted
        "https://registry.test:8443/x",
        "https://registry.test.evil.test/x",
        "https://evil.test/?registry.test",
        "https://registry.test@evil.test/",
        "https://user@registry.test/",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://10.0.0.8/x",
        "https://[::ffff:192.168.1.1]/x",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_out_of_the_source_is_not_followed(location: str) -> None:
    with pytest.raises(SourceError):
        redirect_target(BASE, HOSTS, f"{BASE}/studies/A", location)


def test_a_base_on_this_machine_is_itself_and_nothing_else() -> None:
    base = "http://127.0.0.1:8080/api"
    assert redirect_target(base, frozenset(), f"{base}/a", "/api/b") == "http://127.0.0.1:8080/api/b"
    for other in ("http://127.0.0.1:8081/api", "http://localhost:8080/api", "http://127.0.0.2:8080/"):
        with pytest.raises(SourceError, match="private address"):
            redirect_target(base, frozenset(), f"{base}/a", other)


def test_addresses_outside_the_public_internet() -> None:
    private = (
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "0.0.0.0",
        "224.0.0.1",
    )
    assert all(map(is_private, private))
    assert not any(map(is_private, ("8.8.8.8", "2001:4860:4860::8888", "registry.test")))


@pytest.mark.parametrize(("peer", "read"), [("10.0.0.5", False), ("93.184.215.14", True)])
def test_a_public_name_that_leads_to_a_private_address_is_not_read(peer: str, read: bool) -> None:
    stream = SimpleNamespace(get_extra_info=lambda _: (peer, 443))

    def answer(_: httpx2.Request) -> httpx2.Response:
        return answered(extensions={"network_stream": stream})

    with Client("https://registry.test", Policy(), "a", transport=httpx2.MockTransport(answer)) as client:
        if read:
            assert client(Request("https://registry.test/x")).status == 200
        else:
            with pytest.raises(SourceError, match=r"leads to the private address 10\.0\.0\.5"):
                client(Request("https://registry.test/x"))
