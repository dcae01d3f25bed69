"""Run the strategies' process: `python -m tradewind.live.worker`; the engine starts it."""

from tradewind.live.session import loading

loading.begin()

from tradewind.live.worker.serve import main  # noqa: E402  # loading has begun

main()
