"""Judging over HTTP: who may, what is refused, and that every face then says the same."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from skinproof.faces.cli import main
from skinproof.faces.site.write import write_site
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.faces.web.sessions import COOKIE, Sessions
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.logins import add_login, read_logins, remove_login
from skinproof.workflows.query import open_workspace
from tests.faces.test_site import hostile, posted
from tests.faces.web.conftest import HOST, NOW
from tests.waiting import until
from tests.workflows.records import ALL, URINE, lines, record

NAME, PASSWORD = "anna", "a long pass phrase"
TOKEN = "t" * 40
SAME = {"sec-fetch-site": "same-origin"}
SCAR, PRP = "NCT99000001", "NCT99000002"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logins") / "logins.json"
    add_login(path, NAME, PASSWORD)
    add_login(path, "bo", PASSWORD)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    import_files([lines(tmp_path / "r.jsonl", [*ALL, hostile(), posted()])], tmp_path / "data", NOW)
    build(tmp_path / "data")
    return tmp_path / "data"


def client_of(folder: Path, logins: Path | None, token: str | None = None) -> TestClient:
    hosts = host_names("127.0.0.1", ["testserver"])
    settings = Settings(api_per_second=0, hosts=hosts, logins=logins, write_token=token, look=0.05)
    app = make_app(folder, open_workspace, settings)
    return TestClient(app, base_url=HOST, follow_redirects=False, raise_server_exceptions=False)


@pytest.fixture
def web(folder: Path, logins: Path) -> Iterator[TestClient]:
    with client_of(folder, logins, TOKEN) as made:
        yield made


def log_in(web: TestClient, name: str = NAME) -> None:
    answer = web.post("/login", data={"name": name, "password": PASSWORD}, headers=SAME)
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Secure" not in cookie


def fields(web: TestClient, study: str, name: str) -> dict[str, str]:
    """The hidden fields of a form on a study's page."""
    page = web.get(f"/study/{study}.html").text
    for form in re.findall(r"<form.*?</form>", page, re.S):
        found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        if found.get("property") == name:
            return found
    raise AssertionError(f"no form of {name}")


def judge(web: TestClient, study: str, name: str, **said: str) -> str:
    answer = web.post(
        "/judge", data={**fields(web, study, name), "reason": "read again", **said}, headers=SAME
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def write(web: TestClient, **said: object) -> dict[str, object]:
    body = {"reason": "read again", "who": "Cleo", **said}
    answer = web.post("/api/v1/judgements", json=body, headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


def cli(folder: Path, *words: str) -> str:
    found = CliRunner().invoke(main, [*words, "--data", str(folder)])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_correction_shows_in_every_face_at_once(web: TestClient, folder: Path, tmp_path: Path) -> None:
    before = web.get("/api/v1/count?agent=ev").json()
    kept = web.get(f"/study/{SCAR}.html")
    log_in(web)
    place = "judge-call-ev_role"
    address = judge(web, SCAR, "ev_role", verdict="correct", value="biomarker")
    assert address == f"/study/{SCAR}.html?done={place}#{place}"
    assert "Saved. What holds now: " in web.get(address).text
    web.cookies.clear()
    after = web.get("/api/v1/count?agent=ev").json()
    assert after != before and after["stamp"]["judged"] == 1
    printed = json.loads(cli(folder, "count", "--agent", "ev", "--json"))
    assert {k: v for k, v in printed.items() if k != "filters"} == {
        k: v for k, v in after.items() if k != "filters"
    }
    ids = [row["record_id"] for row in web.get("/api/v1/studies?agent=ev&role=given").json()["rows"]]
    assert SCAR not in ids
    assert SCAR not in cli(folder, "list", "--agent", "ev", "--role", "given")
    assert SCAR not in [r["record_id"] for r in web.get("/api/v1/preparations?agent=ev").json()["rows"]]
    page = web.get(f"/study/{SCAR}.html", headers={"if-none-match": kept.headers["etag"]})
    assert (
        page.status_code == 200
        and "corrected by anna" in page.text
        and "By rule: given to people" in page.text
    )
    assert "<form" not in re.sub(r'<form[^>]*method="get".*?</form>', "", page.text, flags=re.S)
    workspace = open_workspace(folder)
    write_site(workspace, tmp_path / "site")
    assert "corrected by anna" in (tmp_path / "site" / "study" / f"{SCAR}.html").read_text()
    live, static = web.get("/").text, (tmp_path / "site" / "index.html").read_text()
    numbers = re.compile(r"<strong>([\d,]+)</strong>")
    assert numbers.findall(static) == numbers.findall(live)
    given = [s.record_id for s in workspace.preparations(_no_filters()).rows for s in [s.study]]
    assert SCAR not in given
    workspace.close()


def _no_filters() -> object:
    from skinproof.model.summary import Filters

    return Filters()


def test_a_judgement_of_another_process_is_seen_and_undo_takes_it_back(web: TestClient, folder: Path) -> None:
    first = web.get("/api/v1/studies?cutaneous=true").json()["total"]
    cli(folder, "judge", PRP, "cutaneous", "--reject", "--reason", "no", "--who", "Dan")
    until(lambda: web.get("/healthz").json()["journal"], "the judgement")
    assert web.get("/api/v1/studies?cutaneous=true").json()["total"] == first - 1
    log_in(web)
    page = web.get("/judgements.html").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token
    undone = web.post("/judge", data={"csrf": token[1], "undo": "1", "reason": "sorry"}, headers=SAME)
    assert undone.status_code == 303
    assert web.get("/api/v1/studies?cutaneous=true").json()["total"] == first
    again = web.post("/judge", data={"csrf": token[1], "undo": "1", "reason": "sorry"}, headers=SAME)
    assert again.status_code == 400


def test_rows_and_counts_kept_before_a_judgement_are_not_shown_after_it(
    web: TestClient, folder: Path
) -> None:
    def shown() -> tuple[str, str]:
        rows = web.get("/api/v1/studies").json()["rows"]
        page = web.get("/studies.html?cutaneous=true").text
        count = re.search(r'data-part="count">([\d,]+) stud', page)
        assert count
        return {row["record_id"]: row["cutaneous"] for row in rows}[PRP], count[1]

    before = shown()
    cli(folder, "judge", PRP, "cutaneous", "--reject", "--reason", "no", "--who", "Dan")
    until(lambda: web.get("/healthz").json()["journal"], "the judgement")
    after = shown()
    assert (before[0], after[0]) == ("yes", "no") and int(after[1]) == int(before[1]) - 1


def test_two_people_who_differ_leave_the_rules_in_place(web: TestClient) -> None:
    write(web, study=SCAR, property="aesthetic", verdict="reject")
    one = web.get(f"/api/v1/studies/{SCAR}").json()["judged"][0]
    other = "accept" if one["state"] == "holds" else ""
    write(web, study=SCAR, property="aesthetic", verdict=other, who="Dan")
    found = web.get("/api/v1/judgements?state=disputed").json()
    assert found["total"] == 1 and found["rows"][0]["value"] == found["rows"][0]["machine"]
    assert "disputed" in web.get("/judgements.html?state=disputed").text
    assert web.get("/api/v1/edition").status_code == 200
    assert web.get("/judgements.html?state=nonsense").status_code == 400


def test_a_new_record_makes_a_judgement_stale_while_the_server_runs(
    web: TestClient, folder: Path, tmp_path: Path
) -> None:
    write(
        web,
        study=URINE["protocolSection"]["identificationModule"]["nctId"],
        property="agent_class",
        verdict="accept",
    )
    newer = record(3, title="Vitamin C in melanoma", updated="2023-01-05", posted="2020-06-01")
    import_files([lines(tmp_path / "n.jsonl", [newer])], folder, NOW)
    build(folder)
    until(lambda: web.get("/api/v1/judgements?state=stale").json()["total"], "the new edition")
    row = web.get("/api/v1/judgements").json()["rows"][0]
    assert row["state"] == "stale" and row["value"] == row["machine"]


def test_a_restart_keeps_judgements_and_ends_sessions(folder: Path, logins: Path) -> None:
    with client_of(folder, logins, TOKEN) as first:
        log_in(first)
        judge(first, SCAR, "cutaneous", verdict="accept")
        cookie = first.cookies[COOKIE]
    with client_of(folder, logins, TOKEN) as second:
        assert second.get("/api/v1/judgements").json()["total"] == 1
        second.cookies.set(COOKIE, cookie)
        assert "Log out" not in second.get("/judgements.html").text


def test_hostile_words_are_escaped_and_bounded(web: TestClient) -> None:
    write(web, study=SCAR, property="cutaneous", verdict="accept", reason=EVIL, who=EVIL[:60])
    for page in (f"/study/{SCAR}.html", "/judgements.html"):
        text = web.get(page).text
        assert "<script>alert" not in text and "<img src=x" not in text and "&lt;script&gt;" in text
    for said in ({"reason": ""}, {"reason": "x" * 1001}, {"who": " "}, {"who": "x" * 81}):
        body = {
            "study": SCAR,
            "property": "cutaneous",
            "verdict": "accept",
            "reason": "x",
            "who": "x",
            **said,
        }
        answer = web.post("/api/v1/judgements", json=body, headers={"authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 400, said


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"study": "NCT00000009"}, 404),
        ({"property": "exozome"}, 400),
        ({"verdict": "correct", "value": "maybe"}, 400),
        ({"verdict": "sure"}, 400),
        ({"verdict": None}, 400),
        ({"undo": 99}, 404),
        ({"seen": "0" * 16}, 400),
        ({"property": "dose", "product": 7}, 404),
        ({"more": 1}, 400),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(
    web: TestClient, said: dict[str, object], status: int
) -> None:
    body = {"study": SCAR, "property": "cutaneous", "verdict": "accept", "reason": "x", "who": "x", **said}
    answer = web.post("/api/v1/judgements", json=body, headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert web.get("/api/v1/judgements").json()["total"] == 0


def test_without_login_or_token_the_server_only_reads(folder: Path) -> None:
    with client_of(folder, None) as web:
        for path in ("/judge", "/login", "/api/v1/judgements"):
            answer = web.post(path, data={"name": "x"}, headers=SAME)
            assert answer.status_code == 403 and "read-only" in answer.text
        assert "read-only" in web.get("/login.html").text
        assert "Judge<" not in web.get(f"/study/{SCAR}.html").text
        page = web.get("/judgements.html").text
        assert "Log in" not in page and "nobody can log in" in page


def test_where_people_can_log_in_the_page_of_judgements_says_so(web: TestClient) -> None:
    assert '<a href="login.html">Log in</a> to judge' in web.get("/judgements.html").text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
    ],
)
def test_other_sites_cannot_write_with_a_readers_cookie(web: TestClient, headers: dict[str, str]) -> None:
    log_in(web)
    form = {**fields(web, SCAR, "cutaneous"), "verdict": "reject", "reason": "x"}
    for path in ("/judge", "/logout", "/login"):
        assert web.post(path, data=form, headers=headers).status_code == 403
    assert web.post("/api/v1/judgements", json={}, headers=headers).status_code == 403
    assert web.get("/api/v1/judgements").json()["total"] == 0


def test_a_form_needs_the_word_of_its_session(web: TestClient) -> None:
    log_in(web)
    form = {**fields(web, SCAR, "cutaneous"), "verdict": "accept", "reason": "x"}
    assert web.post("/judge", data={**form, "csrf": "wrong"}, headers=SAME).status_code == 403
    assert web.post("/judge", data={**form, "csrf": ""}, headers={"origin": HOST}).status_code == 403
    body = {"study": SCAR, "property": "cutaneous", "verdict": "accept", "reason": "x"}
    assert web.post("/api/v1/judgements", json=body, headers=SAME).status_code == 403
    fine = web.post(
        "/api/v1/judgements",
        json={**body, "who": "somebody else"},
        headers={**SAME, "x-csrf-token": form["csrf"]},
    )
    assert fine.status_code == 201 and fine.json()["line"]["who"] == NAME
    assert web.post("/judge", data=form, headers={"origin": HOST}).status_code == 303
    twice = f"csrf={form['csrf']}&csrf=x&reason=y"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert web.post("/judge", content=twice, headers={**SAME, **kind}).status_code == 400


def test_a_changed_cookie_and_one_after_logout_are_worth_nothing(web: TestClient) -> None:
    log_in(web)
    form = fields(web, SCAR, "cutaneous")
    cookie = web.cookies[COOKIE]
    own = "Logged in as anna"
    assert own in web.get("/judgements.html").text
    assert web.get("/judgements.html").headers["cache-control"] == "no-store"
    web.cookies.clear()
    assert own not in web.get("/judgements.html").text
    for bad in (
        cookie[:-5] + ("A" if cookie[-5] != "A" else "B") + cookie[-4:],
        "x" + cookie,
        cookie.split(".")[0],
        "a" * 5000,
    ):
        answer = web.get("/judgements.html", headers={"cookie": f"{COOKIE}={bad}".encode().decode("latin-1")})
        assert own not in answer.text
    web.cookies.set(COOKIE, cookie)
    assert web.post("/logout", data={"csrf": form["csrf"]}, headers=SAME).status_code == 303
    web.cookies.set(COOKIE, cookie)
    assert own not in web.get("/judgements.html").text
    assert (
        web.post("/judge", data={**form, "verdict": "accept", "reason": "x"}, headers=SAME).status_code == 403
    )


def test_what_cannot_be_saved_comes_back_filled_in_with_the_reason_at_the_field(web: TestClient) -> None:
    log_in(web)
    form = fields(web, SCAR, "route")
    filled = {**form, "verdict": "correct", "value": "on the <moon>", "reason": "as the arm says"}
    for said, at in (
        (filled, "value"),
        ({**filled, "reason": "  "}, "reason"),
        ({**form, "reason": "x"}, "verdict"),
    ):
        answer = web.post("/judge", data=said, headers=SAME)
        assert answer.status_code == 400 and "text/html" in answer.headers["content-type"]
        form_of = re.search(r'<div class="judge" id="judge-finding-route-1".*?</form>', answer.text, re.S)
        assert form_of and "Not saved yet" in form_of[0] and "<details open>" in form_of[0]
        marked = re.search(r'autofocus[^>]*|aria-describedby="[^"]*-wrong', form_of[0])
        assert marked and 'class="wrong" id="judge-finding-route-1-wrong"' in form_of[0], at
        assert "<moon>" not in answer.text and answer.headers["cache-control"] == "no-store"
    answer = web.post("/judge", data=filled, headers=SAME)
    assert "on the &lt;moon&gt;" in answer.text and "as the arm says</textarea>" in answer.text
    assert web.get("/api/v1/judgements").json()["total"] == 0


def test_a_login_leads_back_to_a_page_of_this_server_only(web: TestClient) -> None:
    assert f"login.html?back=study/{SCAR}.html" in web.get(f"/study/{SCAR}.html").text
    said = {"name": NAME, "password": PASSWORD}
    for back, to in (
        (f"study/{SCAR}.html", f"/study/{SCAR}.html"), ("judgements.html", "/judgements.html"),
        ("//evil.example/x.html", "/judgements.html"), ("study/../../x.html", "/judgements.html"),
        ("https://evil.example", "/judgements.html"), ("study/x.html\r\nset-cookie: a=b", "/judgements.html"),
    ):  # fmt: skip
        assert 'name="back"' in web.get("/login.html", params={"back": back}).text
        answer = web.post("/login", data={**said, "back": back}, headers=SAME)
        assert answer.status_code == 303 and answer.headers["location"] == to
    web.cookies.clear()
    answer = web.post("/judge", data={"study": SCAR, "reason": "x"}, headers=SAME)
    assert answer.status_code == 403 and "nothing was saved" in answer.text


def test_trying_passwords_is_limited_and_says_nothing_of_names(web: TestClient) -> None:
    texts = set()
    for name in (NAME, "nobody"):
        answer = web.post("/login", data={"name": name, "password": "wrong pass phrase"}, headers=SAME)
        assert answer.status_code == 403
        texts.add(answer.text.replace(f'value="{name}"', ""))  # typed again it need not be
    assert len(texts) == 1
    for _ in range(12):
        answer = web.post("/login", data={"name": NAME, "password": "wrong pass phrase"}, headers=SAME)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0


def test_wrong_tokens_are_refused_and_limited(web: TestClient) -> None:
    statuses = [
        web.post("/api/v1/judgements", json={}, headers={"authorization": "Bearer wrong"}).status_code
        for _ in range(15)
    ]
    assert set(statuses) == {401, 429}


def test_behind_https_the_cookie_is_secure(web: TestClient) -> None:
    answer = web.post(
        "/login", data={"name": NAME, "password": PASSWORD}, headers={**SAME, "x-forwarded-proto": "https"}
    )
    assert "Secure" in answer.headers["set-cookie"]


def test_a_removed_login_is_out_at_once(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "logins.json"
    add_login(path, "anna", PASSWORD)
    with client_of(folder, path) as web:
        log_in(web)
        form = fields(web, SCAR, "cutaneous")
        remove_login(path, "anna")
        assert (
            web.post("/judge", data={**form, "verdict": "accept", "reason": "x"}, headers=SAME).status_code
            == 403
        )


def test_sessions_end_by_themselves_and_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions()
    cookie = sessions.begin("anna", 0.0)
    assert sessions.find(cookie, 1.0) and not sessions.find(cookie, 13 * 3600.0)
    assert Sessions().find(sessions.begin("anna", 0.0), 1.0) is None
    monkeypatch.setattr("skinproof.faces.web.sessions.MOST", 3)
    first, *_ = [sessions.begin("anna", 0.0) for _ in range(4)]
    assert sessions.find(first, 1.0) is None


def test_a_login_file_keeps_hashes_only_and_is_the_owners(tmp_path: Path) -> None:
    path = tmp_path / "x" / "logins.json"
    run = CliRunner()
    made = run.invoke(main, ["login", "add", "anna", "--file", str(path)], input=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert read_logins(path)["anna"].startswith("$argon2id$") and PASSWORD not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    short = run.invoke(main, ["login", "add", "bo", "--file", str(path)], input="short\nshort\n")
    assert short.exit_code == 2 and "12 to 200" in short.output
    assert run.invoke(main, ["login", "list", "--file", str(path)]).output == "anna\n"
    assert run.invoke(main, ["login", "remove", "anna", "--file", str(path)]).exit_code == 0
    assert run.invoke(main, ["login", "remove", "anna", "--file", str(path)]).exit_code == 6
