"""Signing in, and that nothing is open to anybody who has not: every route is asked, the new ones too."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.routing import APIRoute
from starlette.routing import WebSocketRoute

from callwright.kit.errors import BadInput
from callwright.web.access import Access, GuessLimit, SignInRefused, TooManyGuesses, hash_password
from callwright.web.desk_app import PUBLIC

from .conftest import BASE, OWN, PASSWORD, DeskKit

BODIES: dict[str, Any] = {
    "/api/shift/begin": {"campaigns": [1]},
    "/api/pause": {"reason": "rest"},
    "/api/card/decline": {"reason": "known"},
    "/api/dial": {"campaign": 1, "number": "+442079460001"},
    "/api/call/hang-up": {"attempt": 5},
    "/api/call/hold": {"attempt": 5, "on": True},
    "/api/call/keys": {"attempt": 5, "keys": "1"},
    "/api/call/hush": {"attempt": 5, "on": True},
    "/api/call/stage": {"attempt": 5, "stage": "opening"},
    "/api/call/transfer": {"attempt": 5, "to": 2},
    "/api/call/consult": {"attempt": 5, "to": "Back office"},
    "/api/call/consult/end": {"attempt": 5, "how": "resume"},
    "/api/call/park": {"attempt": 5},
    "/api/call/retrieve": {"attempt": 6},
    "/api/call/queue": {"attempt": 5},
    "/api/call/dispose": {"attempt": 5, "code": "refused"},
    "/api/floor/coach": {"agent": 1, "how": "listen"},
    "/api/floor/take-over": {"agent": 1},
}
"""A body each route accepts, so that a refusal is for want of rights and nothing else."""


def http_routes(desk: DeskKit) -> list[tuple[str, str]]:
    found = []
    for route in all_routes(desk.app.routes):
        if isinstance(route, APIRoute):
            found += [(method, route.path) for method in sorted(route.methods)]
        else:
            assert isinstance(route, WebSocketRoute), f"{route} is of a kind this test does not know"
    assert len(found) > 20
    return found


def all_routes(routes: Any) -> list[Any]:
    """Flattened: FastAPI may keep included routers as one entry."""
    found: list[Any] = []
    for route in routes:
        inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", None)
        found += all_routes(inner) if inner and not isinstance(route, APIRoute) else [route]
    return found


async def test_every_route_refuses_whoever_has_not_signed_in(desk: DeskKit) -> None:
    async with desk.client(headers=OWN) as client:
        for method, path in http_routes(desk):
            if path in PUBLIC:
                continue
            answer = await client.request(method, path, json=BODIES.get(path), params={"attempt": 5})
            assert answer.status_code == 401, f"{method} {path} let somebody in: {answer.status_code} {answer.text}"
        client.cookies.set("callwright_session", "A" * 43)
        for method, path in http_routes(desk):
            if path not in PUBLIC:
                answer = await client.request(method, path, json=BODIES.get(path), params={"attempt": 5})
                assert answer.status_code == 401, f"{method} {path} took a made-up session"
    assert desk.floor.deeds == []


async def test_public_routes_are_those_that_exist_and_tell_nothing(desk: DeskKit) -> None:
    assert {path for _, path in http_routes(desk)} >= PUBLIC
    async with desk.client() as client:
        for path in ("/", "/floor", "/static/desk.js", "/static/desk.css", "/api/words?lang=zh"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            assert "Anna" not in answer.text
        assert (await client.get("/static/../desk_app.py")).status_code == 404
        assert (await client.get("/static/%2e%2e/desk_app.py")).status_code == 404
        assert (await client.get("/openapi.json")).status_code == 404


async def test_leads_routes_refuse_agents(desk: DeskKit) -> None:
    async with desk.signed_in("Anna") as client:
        for method, path in http_routes(desk):
            if path.startswith("/api/floor"):
                answer = await client.request(method, path, json=BODIES.get(path))
                assert answer.status_code == 403, f"{method} {path} let an agent in"
    assert desk.floor.deeds == []
    async with desk.signed_in("Lena") as client:
        assert (await client.post("/api/floor/coach", json={"agent": 1, "how": "whisper"})).status_code == 200
        assert (await client.post("/api/floor/take-over", json={"agent": 1})).status_code == 200
        seen = (await client.get("/api/floor")).json()
    assert desk.floor.deeds == [("coach", 9, 1, "whisper"), ("take_over", 9, 1)]
    assert [row["name"] for row in seen["agents"]] == ["Anna", "Boris", "Lena"]


async def test_the_cookie_and_the_end_of_a_session(desk: DeskKit) -> None:
    async with desk.client(headers=OWN) as client:
        answer = await client.post("/api/login", json={"name": "Anna", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert (await client.get("/api/me")).json()["name"] == "Anna"
        stolen = client.cookies["callwright_session"]
        await client.post("/api/logout")
        client.cookies.set("callwright_session", stolen)
        assert (await client.get("/api/me")).status_code == 401


async def test_a_session_ends_after_a_shift_and_with_the_account(desk: DeskKit) -> None:
    async with desk.signed_in() as client:
        desk.now[0] += 11 * 3600
        assert (await client.get("/api/me")).status_code == 200
        desk.now[0] += 2 * 3600
        assert (await client.get("/api/me")).status_code == 401
    async with desk.signed_in() as client:
        desk.accounts.known.pop("Anna")
        desk.now[0] += 30
        assert (await client.get("/api/me")).status_code == 401


@pytest.mark.parametrize(("name", "password"), [("Anna", "wrong"), ("Nobody", PASSWORD), ("Boris", ""), ("Boris", "x")])
async def test_wrong_names_and_passwords_get_one_answer(desk: DeskKit, name: str, password: str) -> None:
    async with desk.client(headers=OWN) as client:
        answer = await client.post("/api/login", json={"name": name, "password": password})
    assert answer.status_code in (401, 422)
    assert PASSWORD not in answer.text
    if answer.status_code == 401:
        assert answer.json()["code"] == "sign_in_refused"


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(desk: DeskKit) -> None:
    access = Access(desk.accounts, time.monotonic)

    async def cost(name: str) -> float:
        costs = []
        for place in ("one", "two", "three"):  # the least of three: others use the machine too
            began = time.perf_counter()
            with pytest.raises(SignInRefused):
                await access.sign_in(name, "wrong", f"{name} {place}")
            costs.append(time.perf_counter() - began)
        return min(costs)

    await cost("warm")
    wrong, unknown, without = await cost("Anna"), await cost("Nobody"), await cost("Boris")
    assert min(unknown, without) > 0.3 * wrong


async def test_guesses_are_limited_by_name_and_place(desk: DeskKit) -> None:
    async with desk.client(headers=OWN) as client:
        for _ in range(5):
            answer = await client.post("/api/login", json={"name": "Anna", "password": "wrong"})
            assert answer.status_code == 401
        answer = await client.post("/api/login", json={"name": "Anna", "password": PASSWORD})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 0
        desk.now[0] += 301
        assert (await client.post("/api/login", json={"name": "Anna", "password": PASSWORD})).status_code == 200


def test_many_names_from_one_place_are_limited_too() -> None:
    now = [0.0]
    limit = GuessLimit(lambda: now[0])
    for n in range(30):
        limit.check(f"name {n}", "here")
        limit.wrong(f"name {n}", "here")
    with pytest.raises(TooManyGuesses):
        limit.check("another", "here")
    limit.check("another", "elsewhere")


def test_passwords_have_a_length() -> None:
    for bad in ("", "short", "x" * 257):
        with pytest.raises(BadInput):
            hash_password(bad)


async def test_a_ticket_lets_in_once_and_not_for_long(desk: DeskKit) -> None:
    async with desk.signed_in() as client:
        word = (await client.post("/api/ticket")).json()["ticket"]
        late = (await client.post("/api/ticket")).json()["ticket"]
    session = desk.parts.access.take_ticket(word)
    assert session is not None
    assert session.name == "Anna"
    assert desk.parts.access.take_ticket(word) is None
    desk.now[0] += 16
    assert desk.parts.access.take_ticket(late) is None
    assert desk.parts.access.take_ticket("") is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # without the house's header
        ({**OWN, "origin": "http://evil.example"}, 403),
        ({**OWN, "origin": "http://127.0.0.1:9999"}, 403),
        ({**OWN, "origin": "null"}, 403),
        ({**OWN, "host": "evil.example"}, 403),
        ({**OWN, "host": "127.0.0.1.evil.example"}, 403),
        ({**OWN, "content-length": "99999999"}, 413),
        ({**OWN, "origin": BASE}, 200),
        ({**OWN, "host": "localhost:8000", "origin": "http://localhost:8000"}, 200),
    ],
)
async def test_deeds_from_elsewhere_are_refused(desk: DeskKit, headers: dict[str, str], status: int) -> None:
    async with desk.signed_in() as client:
        client.headers.pop("x-callwright", None)
        answer = await client.post("/api/ready", headers=headers)
    assert answer.status_code == status, answer.text
    assert desk.floor.deeds == ([("ready", 1)] if status == 200 else [])


async def test_every_answer_carries_safe_headers(desk: DeskKit) -> None:
    async with desk.client() as client:
        for path in ("/", "/api/me", "/nowhere", "/static/desk.css"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "http" not in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"


async def test_a_wrong_body_is_told_without_its_values(desk: DeskKit) -> None:
    async with desk.client(headers=OWN) as client:
        answer = await client.post("/api/login", json={"name": "Anna", "password": ["hunter2secret"], "more": 1})
    assert answer.status_code == 422
    assert "hunter2secret" not in answer.text
    assert "password" in answer.json()["message"]
