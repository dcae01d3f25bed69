"""Run the strategies' process: `python -m tradewind.live.worker`; the engine starts it."""

from tradewind.live.worker.serve import main

main()
