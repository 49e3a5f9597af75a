"""The command line: one file a command; a command parses, calls the library, prints."""

from typing import Annotated

import typer

from kg_fashion import __version__
from kg_fashion.cli import (
    demo,
    evaluate,
    explain,
    infer,
    load,
    map,
    mine,
    query,
    reason,
    recommend,
    rules,
    train,
    update,
    validate,
    why_not,
)

app = typer.Typer(
    name="kg-fashion",
    help="A knowledge-graph reasoning engine for fashion: complete attributes, explain them, recommend.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"kg-fashion {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Complete attributes, explain them, recommend."""


app.command()(demo.demo)
app.command()(load.load)
app.command()(update.remove)
app.command()(update.update)
app.command()(map.map)
app.command()(validate.validate)
app.command()(reason.reason)
app.command()(mine.mine)
app.command()(infer.infer)
app.command()(explain.explain)
app.command()(why_not.why_not)
app.command()(query.query)
app.command()(recommend.recommend)
app.add_typer(rules.app, name="rules")
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")


def main() -> None:
    """Run the command line."""
    app()
