"""The application: pages, headers, what is refused at the door, and what stays the same between requests."""

import re

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.rate import MOST_CLIENTS, RateLimit
from tests.faces.test_site import EVIL

PAGES = ("", "studies.html", "preparations.html", "landscape.html", "gaps.html", "pooled.html", "method.html", "vocabulary.html",
         "issues.html", "api.html", "study/NCT99000001.html")  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_served_with_a_strict_policy(client: TestClient, name: str) -> None:
    found = client.get(f"/{name}")
    assert found.status_code == 200
    policy = found.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in found.text and " style=" not in found.text and EVIL not in found.text
    assert "http-equiv" not in found.text, "the policy is a header here"


def test_every_link_of_every_page_leads_somewhere(client: TestClient) -> None:
    links: dict[str, str] = {}
    for name in PAGES:
        text = client.get(f"/{name}").text
        for href in re.findall(r'href="([^"#?]+)', text):
            if "://" not in href and not href.startswith("data:"):
                links[str(client.get(f"/{name}").url.join(href).path)] = name
    # An address of the API that needs a question is refused without it; links of the page have one.
    fine = {"/api/": (200, 400), "": (200, 308)}
    broken = {
        path: where
        for path, where in links.items()
        if client.get(path).status_code not in fine["/api/" if path.startswith("/api/") else ""]
    }
    assert not broken


def test_a_page_as_of_a_day_leads_to_pages_of_that_day(client: TestClient) -> None:
    page = client.get("/?as_of=2020-06-30").text
    assert "As it stood on 2020-06-30" in page
    assert 'href="gaps.html?as_of=2020-06-30"' in page
    assert client.get("/study/NCT99000002.html?as_of=2020-06-30").status_code == 404
    assert client.get("/?as_of=yesterday").status_code == 400


def test_other_names_of_a_page_lead_to_it(client: TestClient) -> None:
    assert client.get("/studies").headers["location"] == "/studies.html"
    assert client.get("/index.html").headers["location"] == "/"
    assert client.get("/study/nct99000001.html").headers["location"] == "/study/NCT99000001.html"


@pytest.mark.parametrize(
    "path", ["//example.org/a", "/..%2f..%2fetc/passwd", "/static/../../secret.css", "/study/%2e%2e.html", "/%00", "/cells/", "/a\\b.html"]
)  # fmt: skip
def test_no_address_leads_out_of_the_site(client: TestClient, path: str) -> None:
    found = client.get(path)
    assert found.status_code in (400, 404) or (
        found.headers["location"].startswith("/") and not found.headers["location"].startswith("//")
    )


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org", "", "localhost.evil:8000"])
def test_a_name_that_is_not_ours_is_not_answered(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


def test_what_is_too_long_is_refused(client: TestClient) -> None:
    assert client.get("/api/v1/find?q=" + "a" * 10_000).status_code == 414
    assert client.get("/" + "a" * 2_000 + ".html").status_code == 414
    assert client.post("/", content=b"x" * 100_000).status_code == 413
    assert client.get("/api/v1/count?" + "&".join(f"agent=ev{i}" for i in range(100))).status_code == 400


def test_an_answer_is_not_sent_twice(client: TestClient) -> None:
    for path in ("/", "/api/v1/count", "/study/NCT99000001.html"):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"if-none-match": tag})
        assert again.status_code == 304 and not again.content
        assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200
    assert client.get("/?as_of=2020").headers["etag"] != client.get("/").headers["etag"]


def test_errors_are_problems_for_programs_and_pages_for_people(client: TestClient) -> None:
    found = client.get("/api/v1/count?agent=exozome")
    assert (found.status_code, found.headers["content-type"]) == (400, "application/problem+json")
    assert found.json()["status"] == 400 and "exozome" in found.json()["detail"]
    assert client.get("/api/v1/nothing").json()["status"] == 404
    assert client.post("/api/v1/count").json()["status"] == 405
    page = client.get("/nothing.html")
    assert page.status_code == 404 and "<h1>Not Found</h1>" in page.text
    assert "agents" in client.get("/api/v1/count?agents=ev").json()["detail"], "a misspelt filter is refused"


def test_rows_come_in_parts_and_all_of_them(client: TestClient) -> None:
    address, ids = "/api/v1/studies?limit=2", []
    while address:
        answer = client.get(address).json()
        ids += [row["record_id"] for row in answer["rows"]]
        address = answer["next"]
    assert len(ids) == len(set(ids)) == answer["total"] > 4
    table = client.get("/api/v1/studies?format=csv")
    assert (
        table.headers["content-type"].startswith("text/csv") and len(table.text.splitlines()) == len(ids) + 1
    )


def test_health_metrics_and_robots(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert "skinproof_requests_total" in client.get("/metrics").text
    assert "Disallow: /api/" in client.get("/robots.txt").text


def test_a_client_that_asks_too_often_waits_and_the_table_stays_small() -> None:
    limit = RateLimit(10, 5)
    assert [limit.wait("a", 0.0) for _ in range(5)] == [0.0] * 5
    assert limit.wait("a", 0.0) == pytest.approx(0.1)
    assert limit.wait("b", 0.0) == 0.0
    assert limit.wait("a", 0.2) == 0.0
    for number in range(MOST_CLIENTS + 100):
        limit.wait(str(number), 1.0)
    assert len(limit._left) == MOST_CLIENTS
