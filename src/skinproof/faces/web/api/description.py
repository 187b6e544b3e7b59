"""The OpenAPI 3.1 description, made from the table of endpoints and the types of the answers."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from skinproof import __version__
from skinproof.faces.web.api import BASE
from skinproof.faces.web.api.endpoint import LIMIT, OFTEN, Endpoint, Param
from skinproof.faces.web.api.endpoints import ENDPOINTS
from skinproof.faces.web.judging_body import NewJudgement, WrittenJudgement
from skinproof.faces.web.problems import PROBLEM, Problem
from skinproof.faces.web.sessions import COOKIE

_REF = "#/components/schemas/{name}"

DATE = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"

ERRORS = {
    "400": "The question cannot be asked like this: an unknown name, filter or date. `detail` says what was found and what is meant.",
    "404": "There is no such study, edition or address.",
    "405": "This address is only read: GET.",
    "414": "The address or the question is too long.",
    "421": "The server does not answer to the name in the Host header.",
    "422": "These numbers cannot be read as asked.",
    "429": "Too many requests from this address; `Retry-After` says how many seconds to wait.",
    "500": "The data cannot be read as they should; nothing that a client can mend.",
    "503": "Too much was asked at once, or an answer takes longer than a server works on one; `Retry-After` says when to ask again.",
}


WRITING_ERRORS = {
    "400": "The judgement cannot be written like this: no such verdict, a value that means nothing, no reason, or an answer that has changed.",
    "401": "Neither the token of this server nor a session.",
    "403": "This server is read-only, the session's X-CSRF-Token is missing, or the request comes from a page of another server.",
    "404": "There is no such study or product, or the journal has no such line.",
    "413": "The body is larger than 16 kB.",
    "415": "The body is not application/json.",
    "429": "Too many wrong tokens; `Retry-After` says how many seconds to wait.",
    "503": "The data folder is busy; try again.",
}
JUDGEMENTS = "/judgements"


@cache
def description() -> dict[str, Any]:
    """The whole description, as JSON can hold it."""
    kinds = [endpoint.answers for endpoint in ENDPOINTS]
    _, schemas = msgspec.json.schema_components(
        [*kinds, Problem, NewJudgement, WrittenJudgement], ref_template=_REF
    )
    paths: dict[str, Any] = {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS}
    paths[JUDGEMENTS]["post"] = _judging()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "skinproof",
            "version": __version__,
            "summary": "Which regenerative preparation was tested for which skin complaint, in how many people.",
            "description": "Every view of the commands. It is read, but for judgements where they are allowed. Filters have the names and meanings of the command line. Every answer "
            "carries the edition it comes from; only what was imported is counted, so nothing here is a census, and no studies is no "
            "sign that something is safe. Answers have an ETag: ask again with If-None-Match and get 304 while nothing has changed. "
            "CSV ends with the columns edition and as_of.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": BASE}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": _errors(),
            "headers": _headers(),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "The token of whoever runs the server (SKINPROOF_WRITE_TOKEN).",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": COOKIE,
                    "description": "Of somebody who logged in at /login.html; goes with the header X-CSRF-Token.",
                },
            },
        },
    }  # fmt: skip


def _judging() -> dict[str, Any]:
    """The one address that writes."""
    example = {
        "study": "NCT01234567", "property": "cutaneous", "verdict": "correct", "value": "yes",
        "reason": "the arms treat facial scars", "who": "Anna",
    }  # fmt: skip
    return {
        "operationId": "write_judgement",
        "summary": "Accept, correct or reject an answer, or take a judgement back",
        "description": "Writes one line of the journal; every answer follows at once. Only where whoever runs the server allows it. "
        "The judgement is by `who` with the token, by whoever is logged in with a session. `seen`, where given, is the fingerprint of "
        "the answer that was looked at: if the rules say something else by now, nothing is written.",
        "security": [{"token": []}, {"session": []}],
        "parameters": [{
            "name": "X-CSRF-Token", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200},
            "description": "Needed with a session: the hidden field `csrf` of its forms. Not with the token.",
        }],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": _REF.format(name="NewJudgement")}, "example": example}},
        },
        "responses": {
            "201": {
                "description": "The line that was written, and the answer as it holds now; null where nobody's word stands any more.",
                "content": {"application/json": {"schema": {"$ref": _REF.format(name="WrittenJudgement")}}},
            },
            **{
                status: {"description": words, "content": {PROBLEM: {"schema": {"$ref": _REF.format(name="Problem")}}}}
                for status, words in WRITING_ERRORS.items()
            },
        },
    }  # fmt: skip


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    params = [_param(param) for param in endpoint.all_params]
    if "{id}" in endpoint.path:
        params.insert(0, {
            "name": "id", "in": "path", "required": True, "description": "Id of a study, in any case.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 100}, "example": "NCT04388982",
        })  # fmt: skip
    content: dict[str, Any] = {"application/json": {"schema": _answer(endpoint)}}
    if endpoint.csv:
        content["text/csv"] = {"schema": {"type": "string"}}
    headers = {"ETag": {"$ref": "#/components/headers/ETag"}}
    if endpoint.paged:
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    responses: dict[str, Any] = {
        "200": {"description": "The answer.", "content": content, "headers": headers},
        "304": {"description": "Nothing has changed since the answer with that ETag."},
    }
    responses |= {status: {"$ref": f"#/components/responses/{status}"} for status in ERRORS}
    return {
        "operationId": endpoint.operation, "summary": endpoint.title, "description": endpoint.about, "parameters": params,
        "responses": responses,
    }  # fmt: skip


def _answer(endpoint: Endpoint) -> dict[str, Any]:
    """The answer's own fields, and those that every answer of its kind has beside them."""
    more: dict[str, Any] = {
        "filters": {
            "type": "object",
            "description": "The filters as they were understood; absent where none was set.",
        }
    }
    if endpoint.paged:
        whole = {"type": "integer", "minimum": 0}
        more |= {
            "total": {**whole, "description": "Rows in all."},
            "limit": whole,
            "offset": whole,
            "next": {"type": ["string", "null"], "description": "Address of the next rows, null at the end."},
        }
    own = {"$ref": _REF.format(name=endpoint.answers.__name__)}
    return {
        "allOf": [
            own,
            {
                "type": "object",
                "properties": more,
                **({"required": ["total", "offset"]} if endpoint.paged else {}),
            },
        ]
    }


def _param(param: Param) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 1000}
    if param.choices:
        schema = {"type": "string", "enum": list(param.choices)}
    elif param.kind == "date":
        schema = {"type": "string", "pattern": DATE}
    elif param.kind == "flag":
        schema = {"type": "boolean"}
    elif param.kind == "whole":
        schema = {"type": "integer", "minimum": param.least, "maximum": param.most}
        if param.name == "limit":
            schema["default"] = LIMIT
    if param.many:
        schema = {"type": "array", "items": schema, "maxItems": OFTEN}
    made: dict[str, Any] = {
        "name": param.name, "in": "query", "required": param.needed, "description": param.about, "schema": schema,
    }  # fmt: skip
    if param.many:
        made |= {"style": "form", "explode": True}
    if param.example:
        made["example"] = [param.example] if param.many else param.example
    return made


def _errors() -> dict[str, Any]:
    schema = {"$ref": _REF.format(name="Problem")}
    examples = {
        "400": Problem(title="Bad Request", status=400, detail="there is no agent 'exozome'; did you mean 'exosome'?"),
        "404": Problem(title="Not Found", status=404, detail="no study 'NCT00000000' in edition 04848d5c8c31"),
    }  # fmt: skip
    made: dict[str, Any] = {}
    for status, words in ERRORS.items():
        content: dict[str, Any] = {"schema": schema}
        if status in examples:
            content["example"] = msgspec.to_builtins(examples[status])
        made[status] = {"description": words, "content": {PROBLEM: content}}
        if status in ("429", "503"):
            made[status]["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    return made


def _headers() -> dict[str, Any]:
    def header(words: str) -> dict[str, Any]:
        return {"description": words, "schema": {"type": "string"}}

    return {
        "ETag": header("Mark of this answer: of the edition, the judgements and the question."),
        "Link": header('`<address>; rel="next"` where there are more rows.'),
        "RetryAfter": header("Seconds to wait."),
    }


def addresses() -> Iterable[str]:
    """Every address, in order."""
    return (f"{BASE}{endpoint.path}" for endpoint in ENDPOINTS)
