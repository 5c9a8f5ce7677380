"""The entry point `scoreline`: every command, in the order in which a newcomer needs them."""

from __future__ import annotations

import importlib

import typer

from scoreline.cli import import_, replay

app = typer.Typer(
    name="scoreline",
    help="Live scores from a provider's feed to a fan's screen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold tokens
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add(name: str, module: str, attribute: str = "command") -> None:
    try:
        found = importlib.import_module(f"scoreline.cli.{module}")
    except ModuleNotFoundError as error:
        if error.name != f"scoreline.cli.{module}":
            raise
        return
    if attribute == "app":
        app.add_typer(found.app, name=name)
    else:
        app.command(name)(found.command)


_add("up", "up")
app.command("replay")(replay.command)
app.command("import")(import_.command)
_add("watch", "watch")
_add("dead-letters", "dead_letters", "app")
_add("rebuild", "rebuild")
_add("doctor", "doctor")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
