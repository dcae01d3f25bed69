"""The contract of every indicator of the catalogue."""

from tradewind.testing import IndicatorContract
from tradewind_pandas_ta.catalogue import CATALOGUE

for _name in CATALOGUE:
    globals()[f"Test_{_name}"] = IndicatorContract.of(_name)
