"""The application: all routes behind one guard, errors as JSON. Made from ``DeskParts``; ``serving`` puts it on a port.

Whatever is not named in ``PUBLIC`` needs a session; a test asks every route without one.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from callwright.kit.errors import CallwrightError
from callwright.web import routes_agent, routes_files, routes_lead, routes_plan, routes_session, routes_socket
from callwright.web.access import TooManyGuesses
from callwright.web.desk_parts import DeskParts
from callwright.web.guards import Guard

PUBLIC = frozenset({"/", "/floor", "/plan", "/static/{path:path}", "/api/words", "/api/login"})
"""Routes that anybody may call: the empty pages, their words, and the sign-in."""
log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_STATUS = {
    "bad_input": 422,
    "not_found": 404,
    "conflict": 409,
    "invalid_transition": 409,
    "store_unavailable": 503,
    "store_full": 503,
    "sign_in_refused": 401,
    "too_many_guesses": 429,
}


def make_app(parts: DeskParts) -> FastAPI:
    """The routes, unguarded; ``guarded`` wraps them."""
    app = FastAPI(title="Callwright", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.parts = parts
    app.state.static = routes_files.read_static()
    for module in (routes_files, routes_session, routes_agent, routes_lead, routes_plan, routes_socket):
        app.include_router(module.routes)
    app.add_exception_handler(CallwrightError, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _defect)
    return app


def guarded(app: FastAPI, *, names: Sequence[str] = LOOPBACK) -> ASGIApp:
    """``names``: the host names the server answers to."""
    parts: DeskParts = app.state.parts
    return Guard(app, names=names, sockets=parts.phones.origins)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CallwrightError)
    headers = {"retry-after": str(max(1, round(error.wait_s)))} if isinstance(error, TooManyGuesses) else None
    body: dict[str, Any] = {"code": error.code, "message": str(error)}
    return JSONResponse(body, _STATUS.get(error.code, 400), headers)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail: object = error.detail
    body = detail if isinstance(detail, dict) else {"code": "error", "message": str(detail)}
    return JSONResponse(body, error.status_code, error.headers)


async def _unreadable(_: Request, error: Exception) -> JSONResponse:
    """What is wrong and where, never the value: it may be a password."""
    assert isinstance(error, RequestValidationError)
    places = "; ".join(f"{'.'.join(str(p) for p in e['loc'][1:]) or 'body'}: {e['msg']}" for e in error.errors())
    return JSONResponse({"code": "bad_input", "message": f"That request cannot be read ({places})."}, 422)


async def _defect(request: Request, error: Exception) -> JSONResponse:
    """Ours to mend: told to the log, not to the browser."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return JSONResponse({"code": "defect", "message": "That is a defect of ours; it has been noted."}, 500)
