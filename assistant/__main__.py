"""`python -m assistant` is the command `assistant`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C while it is still loading ends it without a word, too."""
    try:
        if sys.argv[1:2] == ["check"]:
            from assistant.light import light  # noqa: PLC0415 -- for a check alone

            code = light(sys.argv[2:])
            if code is not None:
                sys.exit(code)
        watched = None
        if sys.argv[1:2] == ["run"]:
            from assistant.watchdog.watched import attach  # noqa: PLC0415 -- for a run alone

            watched = attach()
            if watched is None:
                from assistant.watchdog.supervisor import supervised  # noqa: PLC0415 -- likewise

                code = supervised(sys.argv[2:])
                if code is not None:
                    sys.exit(code)
        from assistant.cli import main as command  # noqa: PLC0415 -- loading takes long enough to be interrupted

        command(watched)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
