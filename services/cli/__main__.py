"""`python -m services.cli`: the same as `owncall`."""

from services.cli.app import main

main()
