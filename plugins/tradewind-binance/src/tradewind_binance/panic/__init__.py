"""
The way out when nothing else works: keys and REST, no engine, no database, nothing of Tradewind.

`python -m tradewind_binance.panic --flatten` needs the standard library alone, and `cryptography` for keys that are
not HMAC. It is small on purpose: read it before you need it.
"""
