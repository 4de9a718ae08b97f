"""What agents ask for reaches the floor once, for the call they see, and nothing unlawful does."""

from __future__ import annotations

import pytest

from callwright.kit.errors import Conflict, StoreUnavailable

from .conftest import DeskKit

CALL = {"attempt": 5}


@pytest.mark.parametrize(
    ("path", "body", "deed"),
    [
        ("/api/call/hang-up", CALL, ("hang_up", 1)),
        ("/api/call/hold", {**CALL, "on": True}, ("hold", 1, True)),
        ("/api/call/keys", {**CALL, "keys": "12#"}, ("send_keys", 1, "12#")),
        ("/api/call/hush", {**CALL, "on": False}, ("hush_recording", 1, False)),
        ("/api/call/stage", {**CALL, "stage": "objections"}, ("note_stage", 1, "objections")),
        ("/api/call/transfer", {**CALL, "to": 2}, ("transfer", 1, 2)),
        ("/api/call/transfer", {**CALL, "to": "Back office"}, ("transfer", 1, "Back office")),
        ("/api/call/consult", {**CALL, "to": 2}, ("consult", 1, 2)),
        ("/api/call/consult/end", {**CALL, "how": "conference"}, ("end_consult", 1, "conference")),
        ("/api/call/park", CALL, ("park", 1)),
        ("/api/call/queue", CALL, ("back_to_queue", 1)),
    ],
)
async def test_deeds_in_a_call_hit_that_call_only(
    desk: DeskKit, path: str, body: dict[str, object], deed: tuple[object, ...]
) -> None:
    desk.in_call(attempt_id=5)
    async with desk.signed_in() as client:
        late = await client.post(path, json={**body, "attempt": 4})
        assert late.status_code == 409
        assert desk.floor.deeds == []
        assert (await client.post(path, json=body)).status_code == 200
    assert desk.floor.deeds == [deed]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/call/keys", {**CALL, "keys": "1;drop"}),
        ("/api/call/keys", {**CALL, "keys": ""}),
        ("/api/call/hold", {**CALL, "on": "yes"}),
        ("/api/call/consult/end", {**CALL, "how": "eat"}),
        ("/api/dial", {"campaign": 1, "number": "sip:evil@example"}),
        ("/api/dial", {"campaign": 1, "number": "+1&2"}),
        ("/api/shift/begin", {"campaigns": []}),
        ("/api/shift/begin", {"campaigns": [99]}),
        ("/api/call/dispose", {**CALL, "code": "success", "order_amount": -1}),
        ("/api/call/dispose", {**CALL, "code": "success", "surprise": 1}),
    ],
)
async def test_what_cannot_be_read_changes_nothing(desk: DeskKit, path: str, body: dict[str, object]) -> None:
    desk.in_call(attempt_id=5)
    async with desk.signed_in() as client:
        answer = await client.post(path, json=body)
    assert answer.status_code == 422, answer.text
    assert desk.floor.deeds == []


async def test_a_result_is_answered_when_it_is_on_disk(desk: DeskKit) -> None:
    desk.in_call(attempt_id=5)
    async with desk.signed_in() as client:
        answer = await client.post("/api/call/dispose", json={**CALL, "code": "success", "order_amount": 12.5})
        assert answer.status_code == 200
        assert [deed[0] for deed in desk.floor.deeds] == ["dispose", "committed"]
        desk.floor.refuse = StoreUnavailable("The disk is gone.")
        answer = await client.post("/api/call/dispose", json={**CALL, "code": "refused"})
        assert answer.status_code == 503
        assert answer.json()["code"] == "store_unavailable"


async def test_a_call_back_lies_in_lawful_hours(desk: DeskKit) -> None:
    desk.in_call(attempt_id=5)
    now = desk.now[0]
    desk.floor.windows = [(now + 3600, now + 7200)]

    async def promise(at: float) -> int:
        body = {**CALL, "code": "callback", "callback_at": at}
        return (await client.post("/api/call/dispose", json=body)).status_code

    async with desk.signed_in() as client:
        offered = (await client.get("/api/callback-times", params=CALL)).json()["windows"]
        assert offered == [[now + 3600, now + 7200]]
        assert [await promise(at) for at in (now - 60, now + 60, now + 7300, now + 400 * 86400)] == [422] * 4
        assert desk.floor.deeds == []
        assert await promise(now + 3700) == 200
        assert (await client.get("/api/callback-times", params={"attempt": 4})).status_code == 409


async def test_refusals_of_the_floor_come_out_as_they_are(desk: DeskKit) -> None:
    desk.floor.refuse = Conflict("Agent Anna is logged in already.")
    async with desk.signed_in() as client:
        answer = await client.post("/api/shift/begin", json={"campaigns": [1]})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_a_defect_is_told_to_the_log_and_not_to_the_browser(
    desk: DeskKit, caplog: pytest.LogCaptureFixture
) -> None:
    desk.floor.refuse = ValueError("a secret inside")
    async with desk.client() as client:
        client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
        client.headers["x-callwright"] = "1"
        await client.post("/api/login", json={"name": "Anna", "password": "correct horse"})
        answer = await client.post("/api/ready")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "a secret inside" in caplog.text


async def test_a_lead_who_has_just_signed_in_may_listen(desk: DeskKit) -> None:
    desk.in_call(agent_id=1)
    desk.floor.desk.log_in(9, [1])
    async with desk.signed_in("Lena") as client:
        await client.post("/api/floor/coach", json={"agent": 1, "how": "listen"})
    assert desk.floor.deeds == [("pause", 9, "supervising"), ("coach", 9, 1, "listen")]
