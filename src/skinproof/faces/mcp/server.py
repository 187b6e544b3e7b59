"""The protocol: the only file that knows the `mcp` package. Messages come on stdin and go to stdout; nothing else is opened."""

import json
import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import anyio.to_thread
import mcp_types as types
import msgspec
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from skinproof import __version__
from skinproof.errors import NotFoundError, SkinproofError
from skinproof.faces.mcp.answering import CAVEAT, QUOTED, SECONDS, Answer, ask, read_resource
from skinproof.faces.mcp.bounded import seen
from skinproof.faces.mcp.tools import TOOLS
from skinproof.faces.services import Services
from skinproof.views.text import clean

T = TypeVar("T")

AT_ONCE = 2
"""Answers that are worked on at a time; others wait."""

LONGEST = 2_000
"""Letters of a message of an error; it may repeat what was typed."""

INSTRUCTIONS = (
    "Registered trials of regenerative preparations (extracellular vesicles, cells, platelet products, growth factors and the like) "
    f"in skin complaints, read by rules that show their words. {CAVEAT} {QUOTED} Begin with detail `counts`, then `rows`, then `full`. "
    "Tell with every number its edition, its day (as_of) and the caveats, and link the studies named. "
    "Names are understood by id, label or synonym; `vocabulary` finds them."
)

RESOURCES = (
    ("skinproof://edition", "Edition", "What the data hold: studies, versions, newest registry date, rules."),
    ("skinproof://method", "Method", "What the words mean, what is read of a record, and by which rules."),
    (
        "skinproof://accuracy",
        "Accuracy",
        "How often the answers are right on labels no rule was written from.",
    ),
)


def make_server(services: Services, folder: Path) -> Server[Any]:
    """The server of a data folder."""
    room = anyio.CapacityLimiter(AT_ONCE)

    async def work(make: Callable[[], T]) -> T:
        with anyio.fail_after(SECONDS):
            return await anyio.to_thread.run_sync(make, limiter=room, abandon_on_cancel=True)

    async def list_tools(context: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools())

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            found = await work(partial(ask, services, folder, params.name, params.arguments or {}))
        except Exception as error:
            return _failed(_words(error))
        plain = msgspec.to_builtins(found)
        return types.CallToolResult(content=[_text(plain)], structured_content=plain)

    async def list_resources(
        context: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        return types.ListResourcesResult(
            resources=[
                types.Resource(uri=uri, name=name, description=about, mime_type="application/json")
                for uri, name, about in RESOURCES
            ]
        )

    async def list_templates(
        context: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        study = types.ResourceTemplate(
            uri_template="skinproof://study/{record_id}", name="Study", mime_type="application/json",
            description="One study with its quotes, by its id in the register.",
        )  # fmt: skip
        return types.ListResourceTemplatesResult(resource_templates=[study])

    async def read(context: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            found = await work(partial(read_resource, services, folder, uri))
        except Exception as error:
            code = types.INVALID_PARAMS if isinstance(error, NotFoundError) else types.INTERNAL_ERROR
            raise MCPError(code, _words(error)) from error
        text = types.TextResourceContents(uri=uri, mime_type="application/json", text=_json(found))
        return types.ReadResourceResult(contents=[text])

    return Server(
        "skinproof", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool,
        on_list_resources=list_resources, on_list_resource_templates=list_templates, on_read_resource=read,
    )  # fmt: skip


def tools() -> list[types.Tool]:
    """The tools as a client sees them."""
    output = _schema(Answer)
    hints = types.ToolAnnotations(
        read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
    )
    return [
        types.Tool(
            name=tool.name, title=tool.title, description=f"{tool.about} {CAVEAT}", input_schema=_schema(tool.takes),
            output_schema=output, annotations=hints,
        )
        for tool in TOOLS
    ]  # fmt: skip


def run(services: Services, folder: Path) -> None:
    """Answer what comes on stdin until it ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)

    async def serve() -> None:
        server = make_server(services, folder)
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(serve)


def _schema(of: type[msgspec.Struct]) -> dict[str, Any]:
    """The JSON Schema of a type with the parts it refers to inside, an object at its root as clients expect."""
    (reference,), parts = msgspec.json.schema_components([of], ref_template="#/$defs/{name}")
    root: dict[str, Any] = parts.pop(of.__name__) if "$ref" in reference else reference
    root.pop("title", None)
    root.pop("description", None)
    return root | ({"$defs": parts} if parts else {})


def _text(plain: Any) -> types.TextContent:
    return types.TextContent(type="text", text=_json(plain))


def _json(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _failed(words: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=words)], is_error=True)


def _words(error: BaseException) -> str:
    """What the command line would say."""
    if isinstance(error, TimeoutError):
        return f"this takes longer than {SECONDS:.0f} seconds; narrow the filters"
    text = str(error) if isinstance(error, SkinproofError) else f"unexpected {type(error).__name__}: {error}"
    return seen(clean(text))[:LONGEST]
