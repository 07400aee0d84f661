"""`python -m ganwidgets` is the `ganwidgets` command."""

from ganwidgets.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
