"""`scoreline dead-letters`: look at what nobody could read, send it again, throw it away."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, NoReturn

import grpc
import typer

from scoreline.cli.connection import INGEST_HELP, NotFound, find_address, open_channel, read_failure
from scoreline.cli.dead_letter_view import as_json as letter_as_json
from scoreline.cli.dead_letter_view import facts, print_table, view
from scoreline.local.endpoints import data_folder
from scoreline.v1 import dead_letter_service_pb2 as pb
from scoreline.v1.dead_letter_service_pb2_grpc import DeadLetterServiceStub

app = typer.Typer(
    no_args_is_help=True, help="List, show, redrive and discard payloads that could not be read."
)

_TIMEOUT_S = 30.0
_SHOWN_BYTES = 4096
_PAGE = 200

Metadata = tuple[tuple[str, str], ...]
Work = Callable[[Any, Metadata], Awaitable[int]]

IngestOption = Annotated[str | None, typer.Option("--ingest", help=INGEST_HELP)]
TokenOption = Annotated[
    str | None,
    typer.Option(
        "--admin-token", help="The operators' token; else $SCORELINE_ADMIN_TOKEN, else the local stack's."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object per line.")]


@app.command("list")
def list_letters(
    provider: Annotated[str, typer.Option(help="Only letters of this provider.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 50,
    before: Annotated[int, typer.Option(min=0, help="Only letters older than this one.")] = 0,
    as_json: JsonOption = False,
    ingest: IngestOption = None,
    admin_token: TokenOption = None,
) -> None:
    """List dead letters, the newest first."""

    async def work(stub: Any, metadata: Metadata) -> int:
        letters = [letter async for letter in _letters(stub, metadata, provider, limit, before)]
        if as_json:
            for letter in letters:
                print(letter_as_json(letter))
        elif not letters:
            print("No dead letters.")
        else:
            print_table(letters)
        return 0

    _run(work, ingest, admin_token)


@app.command()
def show(
    letter_id: Annotated[int, typer.Argument(min=1, help="Number of the letter.")],
    whole: Annotated[bool, typer.Option("--whole", help="Show the payload to its end.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="Write nothing but the payload's bytes.")] = False,
    as_json: JsonOption = False,
    ingest: IngestOption = None,
    admin_token: TokenOption = None,
) -> None:
    """Show one dead letter: as text where it is text, else in hexadecimal."""

    async def work(stub: Any, metadata: Metadata) -> int:
        answer = await stub.GetDeadLetter(
            pb.GetDeadLetterRequest(letter_id=letter_id), metadata=metadata, timeout=_TIMEOUT_S
        )
        letter = answer.letter
        if raw:
            sys.stdout.buffer.write(letter.payload)
        elif as_json:
            print(letter_as_json(letter))
        else:
            for name, value in facts(letter):
                print(f"{name:<9} {value}")
            print()
            print(view(letter.payload, None if whole else _SHOWN_BYTES))
        return 0

    _run(work, ingest, admin_token)


@app.command()
def redrive(
    letter_ids: Annotated[list[int] | None, typer.Argument(help="Numbers of the letters.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All letters, the oldest first.")] = False,
    provider: Annotated[str, typer.Option(help="With --all: only letters of this provider.")] = "",
    as_json: JsonOption = False,
    ingest: IngestOption = None,
    admin_token: TokenOption = None,
) -> None:
    """Send letters through the same edge again; a letter that is accepted is removed."""
    if bool(letter_ids) == every:
        raise typer.BadParameter("name letters, or pass --all")

    async def work(stub: Any, metadata: Metadata) -> int:
        numbers = await _chosen(stub, metadata, letter_ids, provider)
        return await _each(numbers, lambda number: _redrive(stub, metadata, number, as_json))

    _run(work, ingest, admin_token)


@app.command()
def discard(
    letter_ids: Annotated[list[int] | None, typer.Argument(help="Numbers of the letters.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All letters.")] = False,
    provider: Annotated[str, typer.Option(help="With --all: only letters of this provider.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    ingest: IngestOption = None,
    admin_token: TokenOption = None,
) -> None:
    """Remove letters for good."""
    if bool(letter_ids) == every:
        raise typer.BadParameter("name letters, or pass --all")
    if every and not yes:
        typer.confirm("Discard all dead letters for good?", abort=True)

    async def work(stub: Any, metadata: Metadata) -> int:
        numbers = await _chosen(stub, metadata, letter_ids, provider)
        return await _each(numbers, lambda number: _discard(stub, metadata, number, as_json))

    _run(work, ingest, admin_token)


def find_admin_token(option: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """Return the operators' token; raise `NotFound` when none is known."""
    token = option or environ.get("SCORELINE_ADMIN_TOKEN")
    file = data_folder(environ) / "credentials.json"
    if not token:
        try:
            token = json.loads(file.read_text()).get("admin_token")
        except (OSError, ValueError, AttributeError):
            token = None
    if not token:
        raise NotFound(
            f"No admin token found: pass --admin-token, set SCORELINE_ADMIN_TOKEN, "
            f"or start the local stack on this folder ({file} does not tell)."
        )
    return str(token)


async def _redrive(stub: Any, metadata: Metadata, number: int, as_json: bool) -> bool:
    answer = await stub.RedriveDeadLetter(
        pb.RedriveDeadLetterRequest(letter_id=number), metadata=metadata, timeout=_TIMEOUT_S
    )
    if as_json:
        counts = {"stored": answer.stored, "duplicate": answer.duplicate, "rejected": answer.rejected}
        print(json.dumps({"letter_id": number, **counts, "message": answer.message}))
    elif answer.rejected:
        print(f"{number}: refused again: {answer.message}")
    else:
        print(f"{number}: accepted and removed: {answer.stored} stored, {answer.duplicate} duplicate")
    return not answer.rejected


async def _discard(stub: Any, metadata: Metadata, number: int, as_json: bool) -> bool:
    request = pb.DiscardDeadLetterRequest(letter_id=number)
    await stub.DiscardDeadLetter(request, metadata=metadata, timeout=_TIMEOUT_S)
    print(json.dumps({"letter_id": number, "discarded": True}) if as_json else f"{number}: discarded")
    return True


async def _each(numbers: list[int], treat: Callable[[int], Awaitable[bool]]) -> int:
    """Treat letters one by one; one that fails does not keep the others waiting."""
    failed = 0
    for number in numbers:
        try:
            failed += not await treat(number)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            print(f"{number}: {read_failure(error)}", file=sys.stderr)
            failed += 1
    if not numbers:
        print("No dead letters.")
    return 1 if failed else 0


async def _chosen(stub: Any, metadata: Metadata, letter_ids: list[int] | None, provider: str) -> list[int]:
    if letter_ids:
        return letter_ids
    found = [letter.letter_id async for letter in _letters(stub, metadata, provider, 1 << 31, 0)]
    return found[::-1]  # the oldest first: events of a game go in again in the order in which they came


async def _letters(
    stub: Any, metadata: Metadata, provider: str, limit: int, before: int
) -> AsyncIterator[pb.DeadLetter]:
    left = limit
    while left > 0:
        request = pb.ListDeadLettersRequest(
            provider_id=provider, page_size=min(left, _PAGE), before_letter_id=before
        )
        page = await stub.ListDeadLetters(request, metadata=metadata, timeout=_TIMEOUT_S)
        for letter in page.letters:
            yield letter
        left -= len(page.letters)
        before = page.next_before_letter_id
        if not before:
            return


@asynccontextmanager
async def _stub(address: str) -> AsyncIterator[Any]:
    channel = await open_channel("ingest", address)
    try:
        yield DeadLetterServiceStub(channel)
    finally:
        await channel.close(None)


def _run(work: Work, ingest: str | None, admin_token: str | None) -> None:
    async def main() -> int:
        metadata = (("authorization", f"Bearer {find_admin_token(admin_token)}"),)
        async with _stub(find_address("ingest", ingest)) as stub:
            return await work(stub, metadata)

    code = _finish(main())
    if code:
        raise typer.Exit(code)


def _finish(work: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(work)
    except NotFound as error:
        _fail(str(error))
    except grpc.aio.AioRpcError as error:
        _fail(read_failure(error))


def _fail(words: str) -> NoReturn:
    print(words, file=sys.stderr)
    raise typer.Exit(1)
