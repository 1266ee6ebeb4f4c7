"""Conversation items: messages, function calls and their outputs, MCP items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from evalharness.realtime.event import WireValue
from evalharness.realtime.problems import (
    FieldProblem,
    Path,
    listed,
    nearest,
    shape_problems,
    shown,
)


class Content(WireValue):
    """One part of a message. `type` is input_text, input_audio, input_image, output_text or
    output_audio; text and audio inside `response.content_part.*`. `audio` is base64,
    `image_url` a data URI."""

    type: str | None = None
    text: str | None = None
    audio: str | None = None
    transcript: str | None = None
    image_url: str | None = None
    detail: str | None = None


class Item(WireValue):
    """What all items share. `status` is completed, incomplete or in_progress."""

    type: str
    id: str | None = None
    object: str | None = None
    status: str | None = None


class Message(Item):
    """`role` is system, user or assistant."""

    type: Literal["message"]
    role: str
    content: list[Content] | None = None


class FunctionCallItem(Item):
    """`arguments` is JSON text, empty or unfinished while the call is in progress."""

    type: Literal["function_call"]
    name: str
    arguments: str
    call_id: str | None = None


class FunctionCallOutput(Item):
    """What the client answers to a call; `output` is text, often JSON."""

    type: Literal["function_call_output"]
    call_id: str
    output: str


class McpToolInfo(WireValue):
    """One tool of an MCP server."""

    name: str
    input_schema: Any = None
    description: str | None = None
    annotations: Any = None


class McpListTools(Item):
    """The tools an MCP server offers."""

    type: Literal["mcp_list_tools"]
    server_label: str
    tools: list[McpToolInfo] | None = None


class McpError(WireValue):
    """`type` is protocol_error, tool_execution_error (which has no code) or http_error."""

    type: str
    message: str | None = None
    code: int | None = None


class McpCall(Item):
    """A call of an MCP tool, with its output or error once there is one."""

    type: Literal["mcp_call"]
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: McpError | None = None


class McpApprovalRequest(Item):
    """The server asks whether it may call an MCP tool."""

    type: Literal["mcp_approval_request"]
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(Item):
    """The client's answer to an approval request."""

    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool
    reason: str | None = None


class OtherItem(Item):
    """An item of a type this version does not know."""


_ITEMS: Mapping[str, type[Item]] = {
    "message": Message,
    "function_call": FunctionCallItem,
    "function_call_output": FunctionCallOutput,
    "mcp_list_tools": McpListTools,
    "mcp_call": McpCall,
    "mcp_approval_request": McpApprovalRequest,
    "mcp_approval_response": McpApprovalResponse,
}


def _tag(value: Any) -> str:
    if isinstance(value, Item):
        return f"<{type(value).__name__}>"
    kind = value.get("type") if isinstance(value, dict) else None
    item = _ITEMS.get(kind, OtherItem) if isinstance(kind, str) else OtherItem
    return f"<{item.__name__}>"


ConversationItem = Annotated[
    Annotated[Message, Tag("<Message>")]
    | Annotated[FunctionCallItem, Tag("<FunctionCallItem>")]
    | Annotated[FunctionCallOutput, Tag("<FunctionCallOutput>")]
    | Annotated[McpListTools, Tag("<McpListTools>")]
    | Annotated[McpCall, Tag("<McpCall>")]
    | Annotated[McpApprovalRequest, Tag("<McpApprovalRequest>")]
    | Annotated[McpApprovalResponse, Tag("<McpApprovalResponse>")]
    | Annotated[OtherItem, Tag("<OtherItem>")],
    Discriminator(_tag),
]

_CONTENT_TYPES: Mapping[str, tuple[str, ...]] = {
    "system": ("input_text",),
    "user": ("input_text", "input_audio", "input_image"),
    # A client cannot put words into the assistant's mouth as audio, only as text.
    "assistant": ("output_text",),
}
_PAYLOAD = {
    "input_text": "text",
    "input_audio": "audio",
    "input_image": "image_url",
    "output_text": "text",
}
_REFERENCE = "item_reference"


def item_problems(
    data: Mapping[str, Any], *, at: Path = (), reference: bool = False
) -> list[FieldProblem]:
    """Every fault of an item that a client wants to create; paths begin with `at`.

    `reference` allows `{type: item_reference, id}`, which only a response's `input` may hold.
    """
    return [
        FieldProblem((*at, *found.path), found.message, found.hint, found.code)
        for found in _item_faults(data, [*_ITEMS, _REFERENCE] if reference else [*_ITEMS])
    ]


def _item_faults(data: Mapping[str, Any], known: Sequence[str]) -> Iterator[FieldProblem]:
    kind = data.get("type")
    if kind is None:
        yield FieldProblem(
            ("type",), f"the item needs a type: {listed(known)}", code="missing_required_parameter"
        )
    elif not isinstance(kind, str) or kind not in known:
        message = f"unknown item type {shown(kind)}; expected {listed(known)}"
        yield FieldProblem(("type",), message, nearest(kind, known))
    elif kind == _REFERENCE:
        if not isinstance(data.get("id"), str):
            yield FieldProblem(("id",), "id is missing", "add id", "missing_required_parameter")
    else:
        yield from shape_problems(_ITEMS[kind], dict(data))
        if kind == "message":
            yield from _message_faults(data)


def _message_faults(data: Mapping[str, Any]) -> Iterator[FieldProblem]:
    role = data.get("role")
    if not isinstance(role, str):
        return
    types = _CONTENT_TYPES.get(role)
    if types is None:
        message = f"unknown role {shown(role)}; expected {listed(list(_CONTENT_TYPES))}"
        yield FieldProblem(("role",), message, nearest(role, _CONTENT_TYPES))
        return
    content = data.get("content")
    if content is None:
        message = "content is missing"
        yield FieldProblem(("content",), message, "add content", "missing_required_parameter")
    for index, part in enumerate(content if isinstance(content, list) else ()):
        if isinstance(part, Mapping):
            yield from _content_faults(part, index, role, types)


def _content_faults(
    part: Mapping[str, Any], index: int, role: str, types: tuple[str, ...]
) -> Iterator[FieldProblem]:
    kind = part.get("type")
    if kind not in types:
        message = f"a {role} message cannot hold {shown(kind)}; expected {listed(types)}"
        yield FieldProblem(("content", index, "type"), message, nearest(kind, types))
    elif part.get(_PAYLOAD[kind]) is None:
        name = _PAYLOAD[kind]
        path = ("content", index, name)
        yield FieldProblem(path, f"{name} is missing", f"add {name}", "missing_required_parameter")
