"""Tools a session offers, and how the model has to choose among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, Tag

from evalharness.realtime.shape import ARRAY, TEXT, Kinds, Shape

_FLAT = "Realtime's form is flat: name, description and parameters stand beside type"

Name = Annotated[str, Field(min_length=1)]


class FunctionTool(Shape):
    """A function the client runs. `parameters` is a JSON Schema."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "function": _FLAT,
        "strict": "Realtime functions have no strict field",
    }
    type: Literal["function"]
    name: Name
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ToolFilter(Shape):
    """Some of an MCP server's tools: by name, or those marked read-only."""

    tool_names: list[str] | None = None
    read_only: bool | None = None


AllowedTools = Annotated[
    Annotated[list[str], Tag(ARRAY)] | Annotated[ToolFilter, Tag("<ToolFilter>")],
    Kinds("a list of names or {tool_names, read_only}", only=ToolFilter, array=True),
]


class ApprovalFilter(Shape):
    """Which tools always, and which never, wait for an approval."""

    always: ToolFilter | None = None
    never: ToolFilter | None = None


RequireApproval = Annotated[
    Annotated[Literal["always", "never"], Tag(TEXT)]
    | Annotated[ApprovalFilter, Tag("<ApprovalFilter>")],
    Kinds("always, never or {always, never}", only=ApprovalFilter, text=True),
]

Connector = Literal[
    "connector_dropbox",
    "connector_gmail",
    "connector_googlecalendar",
    "connector_googledrive",
    "connector_microsoftteams",
    "connector_outlookcalendar",
    "connector_outlookemail",
    "connector_sharepoint",
]


class McpTool(Shape):
    """A remote MCP server, reached by exactly one of `server_url`, `connector_id` and
    `tunnel_id`. `authorization` and `headers` are secrets. `require_approval` defaults to
    always."""

    type: Literal["mcp"]
    server_label: Name
    server_url: str | None = None
    connector_id: Connector | None = None
    tunnel_id: str | None = None
    authorization: str | None = None
    headers: dict[str, str] | None = None
    server_description: str | None = None
    allowed_tools: AllowedTools | None = None
    require_approval: RequireApproval | None = None
    defer_loading: bool | None = None
    allowed_callers: list[Literal["direct", "programmatic"]] | None = None


Tool = Annotated[
    Annotated[FunctionTool, Tag("<FunctionTool>")] | Annotated[McpTool, Tag("<McpTool>")],
    Kinds("an object with type function or mcp", types={"function": FunctionTool, "mcp": McpTool}),
]


class ForcedFunction(Shape):
    """The model must call this function."""

    elsewhere: ClassVar[Mapping[str, str]] = {
        "function": "Realtime's form is flat: {type: function, name: ...}"
    }
    type: Literal["function"]
    name: Name


class ForcedMcp(Shape):
    """The model must use this MCP server, or one tool of it."""

    type: Literal["mcp"]
    server_label: Name
    name: str | None = None


ToolChoice = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag(TEXT)]
    | Annotated[ForcedFunction, Tag("<ForcedFunction>")]
    | Annotated[ForcedMcp, Tag("<ForcedMcp>")],
    Kinds(
        "none, auto, required or an object with type function or mcp",
        types={"function": ForcedFunction, "mcp": ForcedMcp},
        text=True,
    ),
]
