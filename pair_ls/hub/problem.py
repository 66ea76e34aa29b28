"""Errors of the REST API, as RFC 9457 has them: application/problem+json with a stable `code`."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pair_ls.errors import PairError
from pair_ls.hub.counters import Counters
from pair_ls.hub.pace import Pace
from pair_ls.hub.refusal import RETRY_AFTER_SECONDS, status_of

MEDIA_TYPE = "application/problem+json"


def problem(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """One answer."""
    return Response(_body(status, code, detail), status, headers, MEDIA_TYPE)


def raw_problem(status: int, code: str, detail: str) -> bytes:
    """The same where there is no request yet: a whole HTTP response, after which the connection is closed."""
    body = _body(status, code, detail)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
        f"Content-Length: {len(body)}\r\nRetry-After: {RETRY_AFTER_SECONDS}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _body(status: int, code: str, detail: str) -> bytes:
    return json.dumps(
        {"type": "about:blank", "title": detail, "status": status, "detail": detail, "code": code}
    ).encode()


def install(app: FastAPI, counters: Counters, pace: Pace) -> None:
    """Answer every error of the app in this form."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, PairError)
        counters.refused[error.code] += 1
        pace.refused(request.client.host if request.client else "", error)
        status = status_of(error)
        headers = {"Retry-After": RETRY_AFTER_SECONDS} if status in (429, 503) else {}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(status, error.code, error.message, headers)

    async def malformed(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return problem(422, "bad-request", f"{where or 'The request'}: {first['msg']}")

    async def http_error(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "bad-request")
        return problem(error.status_code, code, str(error.detail), error.headers)

    async def failed(_: Request, __: Exception) -> Response:
        return problem(500, "internal-error", "The hub has made a mistake; it is in its log.")

    app.add_exception_handler(Exception, failed)
    app.add_exception_handler(PairError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http_error)
