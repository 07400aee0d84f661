"""`python -m ganwidgets` is the `ganwidgets` command."""

from ganwidgets.cli import main

raise SystemExit(main())
