"""/docs: the REST API for people, drawn from the OpenAPI document. Nothing is fetched from anywhere else."""

import html
import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
:root { color-scheme: light dark } code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow: auto; padding: .75rem; background: #8882; border-radius: 6px } summary { cursor: pointer }
details { border: 1px solid #8885; border-radius: 6px; padding: .5rem 1rem; margin: .5rem 0 }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700 } table { border-collapse: collapse }
td, th { text-align: left; padding: .15rem 1rem .15rem 0; vertical-align: top }
"""

Schema = dict[str, Any]  # a part of an OpenAPI document (JSON)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The page."""
    text = render(request.app.openapi())
    return Response(text, headers={"Content-Security-Policy": _POLICY}, media_type="text/html")


def render(openapi: Schema) -> str:
    """HTML of an OpenAPI document."""
    title = html.escape(f"{openapi['info']['title']} {openapi['info']['version']}")
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>",
        f"<h1>{title}</h1>",
        f"<p>{html.escape(openapi['info'].get('description', ''))}</p>",
        "<p>For programs: <a href=/openapi.json>/openapi.json</a></p>",
    ]
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            parts.append(_operation(path, method, operation, openapi))
    return "\n".join(parts)


def _operation(path: str, method: str, operation: Schema, openapi: Schema) -> str:
    head = f"<span class=method>{method.upper()}</span> <code>{html.escape(path)}</code>"
    body = [f"<p>{html.escape(operation.get('description', ''))}</p>", _parameters(operation)]
    if "requestBody" in operation:
        body.append(f"<p>Request</p>{_content(operation['requestBody'], openapi)}")
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            body.append(f"<p>Answer {status}</p>{_content(answer, openapi)}")
    problems = ", ".join(status for status in operation["responses"] if not status.startswith("2"))
    body.append(f"<p>Problems (application/problem+json): {problems}</p>")
    return f"<details><summary>{head}</summary>{''.join(body)}</details>"


def _parameters(operation: Schema) -> str:
    rows = [
        f"<tr><td><code>{html.escape(each['name'])}</code><td>{each['in']}<td>{_about(each)}"
        for each in operation.get("parameters", ())
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _about(parameter: Schema) -> str:
    return html.escape(parameter.get("description", ""))


def _content(holder: Schema, openapi: Schema) -> str:
    for media in holder.get("content", {}).values():
        example = json.dumps(_example(media.get("schema", {}), openapi), indent=2)
        return f"<pre>{html.escape(example)}</pre>"
    return "<p>Nothing.</p>"


def _example(schema: Schema, openapi: Schema) -> object:
    """What a value of this schema looks like: types instead of values."""
    if "$ref" in schema:
        return _example(openapi["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], openapi)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], openapi)
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    match schema.get("type"):
        case "object":
            return {name: _example(each, openapi) for name, each in schema.get("properties", {}).items()}
        case "array":
            return [_example(schema.get("items", {}), openapi)]
        case kind:
            return schema.get("format") or kind
