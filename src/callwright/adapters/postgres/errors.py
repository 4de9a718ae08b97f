"""asyncpg's errors become the house's errors here, once. Nothing above catches a vendor's error."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from callwright.kit.errors import BadInput, CallwrightError, Conflict, StoreFull, StoreUnavailable

_CONNECTION = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,  # the connection was closed under us
    asyncpg.InternalClientError,  # the same, noticed in the middle of a message
    asyncpg.OperatorInterventionError,  # shutdown, crash, starting up, cancelled
    asyncpg.TooManyConnectionsError,
    asyncpg.TransactionRollbackError,  # deadlock, serialisation
    OSError,
    asyncio.TimeoutError,
    EOFError,
)


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Wrap what speaks to the database."""
    try:
        yield
    except CallwrightError:
        raise
    except Exception as fault:
        raise error_for(fault) from fault


def error_for(fault: Exception) -> Exception:
    """The house's error for a driver's; anything unknown is a defect and stays as it is."""
    cause = fault.__cause__
    if isinstance(cause, asyncpg.PostgresError) and not isinstance(fault, asyncpg.PostgresError):
        fault = cause  # SQLAlchemy wraps the driver's
    if isinstance(fault, asyncpg.DiskFullError):
        return StoreFull("The disk under the database is full: free some space; dialling goes on by itself then.")
    if isinstance(fault, asyncpg.InvalidAuthorizationSpecificationError):
        return BadInput(f"The database refuses us ({fault}): check the user and password in CALLWRIGHT_DATABASE_URL.")
    if isinstance(fault, asyncpg.InvalidCatalogNameError):
        return BadInput(f"{_sentence(fault)}: create it, or correct CALLWRIGHT_DATABASE_URL.")
    if isinstance(fault, asyncpg.UndefinedTableError):
        return Conflict(f"The database has no Callwright schema ({_sentence(fault)}): run `callwright migrate`.")
    if isinstance(fault, asyncpg.UniqueViolationError):
        return Conflict(f"It exists already: {fault.detail or _sentence(fault)}")
    if isinstance(fault, asyncpg.ReadOnlySQLTransactionError):
        return StoreUnavailable("The database is read-only, a standby perhaps: give the primary's address.")
    if isinstance(fault, asyncpg.InterfaceError) and isinstance(fault, ValueError | TypeError):
        return fault  # we passed a wrong argument
    if isinstance(fault, (asyncpg.InsufficientResourcesError, *_CONNECTION)):
        return StoreUnavailable(f"The database does not answer ({_sentence(fault)}); dialling waits until it is back.")
    return fault


def _sentence(fault: Exception) -> str:
    return (str(fault).splitlines() or [type(fault).__name__])[0].strip().rstrip(".")
