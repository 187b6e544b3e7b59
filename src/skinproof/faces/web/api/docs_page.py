"""The API's page for people, made from its description: no script, nothing from elsewhere."""

import json
from typing import TYPE_CHECKING, Any

from skinproof.faces.web.api import BASE
from skinproof.faces.web.api.description import ERRORS, description
from skinproof.faces.web.api.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from skinproof.faces.web.asking import Question
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found


def page(live: "Live", asked: "Question") -> "Found":
    """What the page prints."""
    from skinproof.faces.web.pages import Found

    found = description()
    return Found("api.html", {"info": found["info"], "base": BASE, "endpoints": _endpoints(found), "errors": _errors(), "types": _types(found)})  # fmt: skip


def _endpoints(found: dict[str, Any]) -> list[dict[str, Any]]:
    made = []
    for endpoint in ENDPOINTS:
        operation = found["paths"][endpoint.path]["get"]
        made.append(
            {
                "id": endpoint.operation.replace("_", "-"),
                "path": BASE + endpoint.path,
                "title": endpoint.title,
                "about": endpoint.about,
                "csv": endpoint.csv,
                "example": f"{BASE}{endpoint.path}{endpoint.example or ''}"
                if "{" not in endpoint.path
                else None,
                "params": [_param(param) for param in operation["parameters"]],
                "answer": endpoint.answers.__name__,
            }
        )
    return made


def _param(param: dict[str, Any]) -> dict[str, str]:
    schema = param["schema"]
    many = schema["type"] == "array"
    inner = schema["items"] if many else schema
    words = "one of " + ", ".join(inner["enum"]) if "enum" in inner else str(inner["type"])
    if "pattern" in inner:
        words = "YYYY, YYYY-MM or YYYY-MM-DD"
    if "maximum" in inner:
        words = f"whole number, {inner['minimum']} to {inner['maximum']:,}"
    if inner["type"] == "boolean":
        words = "true or false"
    return {
        "name": param["name"],
        "about": param["description"],
        "type": words + (", may be given again" if many else ""),
        "needed": "needed" if param["required"] else "",
    }


def _errors() -> list[tuple[str, str]]:
    return list(ERRORS.items())


def _types(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Name, what it is in words, and its schema as text."""
    return [
        (name, schema.get("description", ""), json.dumps(schema, indent=2, ensure_ascii=False))
        for name, schema in found["components"]["schemas"].items()
    ]
