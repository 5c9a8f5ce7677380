"""The entry point `scoreline`: every command, in the order in which a newcomer needs them."""

from __future__ import annotations

import typer

from scoreline.cli import dead_letters, doctor, import_, rebuild, replay, up, watch

app = typer.Typer(
    name="scoreline",
    help="Live scores from a provider's feed to a fan's screen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals hold tokens
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.command)
app.command("replay")(replay.command)
app.command("import")(import_.command)
app.command("watch")(watch.command)
app.add_typer(dead_letters.app, name="dead-letters")
app.command("rebuild")(rebuild.command)
app.command("doctor")(doctor.command)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
