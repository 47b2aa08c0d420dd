"""Commands for people and programs, each a thin call of the rooms below."""


def main() -> None:
    """Run the command that the shell asked for."""
    from dragoman.cli.commands import app

    app()
