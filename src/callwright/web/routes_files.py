"""The pages themselves: files of the package, read once at the start. What is not in the list is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import APIRouter, HTTPException, Request, Response

from callwright.kit.words import LANGUAGES
from callwright.web.desk_parts import Parts
from callwright.web.desk_words import words_for

routes = APIRouter()
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticFile:
    body: bytes
    kind: str


def read_static() -> Mapping[str, StaticFile]:
    """Every file under ``static`` by its path there."""
    found: dict[str, StaticFile] = {}

    def walk(directory: Traversable, before: str) -> None:
        for entry in directory.iterdir():
            if entry.is_dir():
                walk(entry, f"{before}{entry.name}/")
                continue
            kind = _KINDS.get("." + entry.name.rpartition(".")[2])
            if kind is not None:
                found[before + entry.name] = StaticFile(body=entry.read_bytes(), kind=kind)

    walk(files("callwright.web").joinpath("static"), "")
    return found


@routes.get("/")
async def agent_page(request: Request) -> Response:
    return _file(request, "desk.html")


@routes.get("/floor")
async def floor_page(request: Request) -> Response:
    """The page holds no data; what it shows it asks for, and only leads get it."""
    return _file(request, "floor.html")


@routes.get("/plan")
async def plan_page(request: Request) -> Response:
    """Like the floor's: it asks for what it shows, and only leads are answered."""
    return _file(request, "plan.html")


@routes.get("/static/{path:path}")
async def static_file(path: str, request: Request) -> Response:
    return _file(request, path)


@routes.get("/api/words")
async def words(parts: Parts, lang: str = "") -> dict[str, object]:
    """The page's words in a language of the house; the sign-in needs them too."""
    language = next((each for each in LANGUAGES if each == lang), parts.language)
    return {"language": language, "words": words_for(language)}


def _file(request: Request, path: str) -> Response:
    found: StaticFile | None = request.app.state.static.get(path)
    if found is None:
        raise HTTPException(404, {"code": "not_found", "message": "There is no such page."})
    return Response(found.body, media_type=found.kind)
