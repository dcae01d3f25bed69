"""Run the command line with `python -m tradewind`."""

from tradewind.cli.main import main

main()
