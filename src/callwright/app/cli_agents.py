"""The commands on agents as people who sign in: agent add, password, lead, list."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from callwright.app.cli_values import print_json
from callwright.app.settings import Settings
from callwright.kit.errors import BadInput

agent = typer.Typer(help="Agents who sign in at the agents' page (callwright run --desk).", rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="the agent's name, as they sign in")]
T = TypeVar("T")


def add_commands(app: typer.Typer) -> None:
    app.add_typer(agent, name="agent")


@agent.command()
def add(
    context: typer.Context,
    name: Name,
    team: Annotated[str, typer.Option(help="their team")] = "",
    lead: Annotated[bool, typer.Option("--lead", help="leads a team: sees the floor, listens, takes over")] = False,
) -> None:
    """Add an agent. They can sign in once they have a password."""
    from callwright.adapters.postgres import accounts

    if not name.strip() or len(name) > 200:
        raise BadInput("An agent's name has 1 to 200 characters; give another one.")
    agent_id = _with_store(context.obj, lambda store: accounts.add_account(store, name.strip(), team=team, lead=lead))
    print(f'Agent {agent_id}, {name.strip()}. Next: callwright agent password "{name.strip()}"')


@agent.command()
def password(context: typer.Context, name: Name) -> None:
    """Set an agent's password, read from the terminal (twice) or from standard input. Ends their sessions."""
    from callwright.adapters.postgres import accounts
    from callwright.web.access import hash_password

    given = _read_password()
    hashed = hash_password(given)
    _with_store(context.obj, lambda store: accounts.set_password(store, name, hashed))
    print(f"{name} signs in with the new password.")


@agent.command()
def lead(
    context: typer.Context,
    name: Name,
    no: Annotated[bool, typer.Option("--no", help="no team lead any more")] = False,
) -> None:
    """Make an agent a team lead, or no longer."""
    from callwright.adapters.postgres import accounts

    _with_store(context.obj, lambda store: accounts.set_lead(store, name, not no))
    print(f"{name} is {'no team lead any more' if no else 'a team lead'}.")


@agent.command("list")
def list_agents(context: typer.Context, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """List the agents: who can sign in, and who leads."""
    from callwright.adapters.postgres import accounts

    rows = _with_store(context.obj, accounts.list_accounts)
    if as_json:
        keys = ("id", "name", "team", "lead", "signs_in")
        print_json({"agents": [{key: getattr(row, key) for key in keys} for row in rows]})
        return
    for row in rows:
        marks = ", ".join(word for word, holds in (("lead", row.lead), ("no password", not row.signs_in)) if holds)
        print(f"{row.id:>5}  {row.name}{f' ({row.team})' if row.team else ''}{f'  [{marks}]' if marks else ''}")


def _read_password() -> str:
    """From the terminal without echo, twice; else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    from getpass import getpass

    first = getpass("New password: ")
    if getpass("Again: ") != first:
        raise BadInput("The two passwords differ; try again.")
    return first


def _with_store(settings: Settings, deed: Callable[..., Awaitable[T]]) -> T:
    from callwright.app.database import open_database

    async def work() -> T:
        async with open_database(settings) as database:
            return await deed(database.store)

    return asyncio.run(work())
