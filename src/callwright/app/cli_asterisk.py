"""The commands on the telephone system: asterisk bootstrap, config, run, status, stop."""

from __future__ import annotations

import sys
from pathlib import Path, PurePosixPath
from typing import Annotated

import typer

from callwright.app.cli_values import print_json
from callwright.app.settings import Settings

asterisk_app = typer.Typer(help="The telephone system: get it, configure it, run it.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object")]
LOOK_S = 1.0
"""Pause between two looks at the process we run."""


def add_commands(app: typer.Typer) -> None:
    app.add_typer(asterisk_app, name="asterisk")


@asterisk_app.command()
def bootstrap(context: typer.Context) -> None:
    """Get an Asterisk 22 into a directory of its own: a minute, half a gigabyte, and root are needed."""
    from callwright.adapters.asterisk.root import bootstrap as carry_out
    from callwright.app.asterisk_service import home_of
    from callwright.app.progress import told_lines

    settings: Settings = context.obj
    with told_lines("Asterisk") as tell:
        root = carry_out(home_of(settings), tell=tell)
    print(f"Asterisk {'.'.join(map(str, root.version))} is in {root.directory}.")


@asterisk_app.command()
def config(
    context: typer.Context,
    into: Annotated[Path, typer.Argument(help="the directory the files are written into", metavar="DIRECTORY")],
    etc: Annotated[str, typer.Option(help="where Asterisk will find that directory")] = "/etc/asterisk",
    modules: Annotated[str, typer.Option(help="Asterisk's modules")] = "/usr/lib/x86_64-linux-gnu/asterisk/modules",
    account: Annotated[str, typer.Option(help="the user it runs as; empty: who starts it")] = "asterisk",
) -> None:
    """Write the configuration of an Asterisk you run yourself, from telephony.toml. It holds secrets: mode 0640."""
    from callwright.adapters.asterisk.config import Places, configuration
    from callwright.app.asterisk_service import telephony_of

    places = Places(
        etc=PurePosixPath(etc),
        run=PurePosixPath("/var/run/asterisk"),
        spool=PurePosixPath("/var/spool/asterisk"),
        log=PurePosixPath("/var/log/asterisk"),
        database=PurePosixPath("/var/lib/asterisk"),
        modules=PurePosixPath(modules),
        data=PurePosixPath("/usr/share/asterisk"),
        account=account or None,
    )
    files = configuration(telephony_of(context.obj).plan, places)
    into.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = into / name
        file.touch(mode=0o640)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o640)
    print(f"{len(files)} files written into {into}. Start: asterisk -f -C {etc}/asterisk.conf")


@asterisk_app.command()
def run(context: typer.Context) -> None:
    """Run the bootstrapped Asterisk with telephony.toml until Ctrl-C; one that dies is started again."""
    import signal
    import threading

    from callwright.adapters.asterisk.process import AsteriskFailed
    from callwright.app.asterisk_service import find_service, prompts_of
    from callwright.kit.errors import BadInput

    service = find_service(context.obj)
    if service.process is None:
        raise BadInput("CALLWRIGHT_ASTERISK_URL names an Asterisk that you run yourself; unset it to run ours.")
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    process = service.process
    prompts_of(service).prepare({})
    process.configure(service.plan)
    if process.pid() is None:
        process.start()
    print(f"Asterisk runs: SIP on {service.plan.sip_bind}:{service.plan.sip_port}. Ctrl-C ends it.", flush=True)
    while not ended.wait(LOOK_S):
        if process.pid() is None:
            print(f"Asterisk has died and is started again: {process.last_words(2)}", file=sys.stderr, flush=True)
            try:
                process.start()
            except AsteriskFailed as error:
                print(error, file=sys.stderr, flush=True)
    process.stop()


@asterisk_app.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """Say whether Asterisk runs, which trunks answer, and how many calls it holds."""
    import asyncio

    from callwright.app.asterisk_status import look, print_status

    found = asyncio.run(look(context.obj))
    if as_json:
        print_json(found)
    else:
        print_status(found, context.obj.language)
    if not found["running"]:
        raise typer.Exit(1)


@asterisk_app.command()
def stop(context: typer.Context) -> None:
    """End the Asterisk that we run; calls under way are hung up."""
    from callwright.app.asterisk_service import process_of

    process = process_of(context.obj)
    if process.pid() is None:
        print("It was not running.")
        return
    process.stop()
    print("Asterisk has ended.")
