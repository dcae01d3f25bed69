"""Where the sandbox's prices come from: bars, paths inside bars, books and klines."""
