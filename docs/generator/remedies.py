"""What to do about each error code, in a sentence or two."""

from __future__ import annotations

from typing import Final

REMEDIES: Final[dict[str, str]] = {
    "TW-P001": "`tradewind plugins info DISTRIBUTION` shows the traceback. Update or reinstall the plugin, or choose "
    "another component.",
    "TW-P002": "Install a version of the plugin that was made for this Tradewind, or the Tradewind it asks for.",
    "TW-P003": "Take the distribution out of `plugins.block`, or add it to `plugins.allow`.",
    "TW-P004": "Write the name in full, `distribution:name`, or block one of the two with `plugins.block`.",
    "TW-P005": "Take the name from `tradewind plugins list`; the message names the nearest one. Install the plugin that "
    "offers it, if it is not there.",
    "TW-P006": "Correct the hook's name or arguments after the list in the [reference](hooks.md), and mark it with "
    "`@hookimpl`.",
    "TW-P007": "Correct the record's field that the message names; see [Records](records.md).",
    "TW-P008": "Correct the path `module:attribute`, or install what that module imports. A `config` must be an attrs "
    "class.",
    "TW-P009": "Give `path/to/file.py:ClassName`; the class has a method `signals(frame)` or is a `BaseStrategy`. The "
    "message names the classes of the file.",
    "TW-P010": "Choose a folder that can be written and has no folder of that name, and a name of lower-case words "
    "joined by `-`.",
    "TW-S001": "The message names the line. Save the file as UTF-8 TOML, or name another with `--settings`.",
    "TW-S002": "Correct the spelling; the message names the nearest setting. `tradewind config show` lists all.",
    "TW-S003": 'Write the value as its type asks: `true`, `2`, `0.1`, `"text"`, `["a", "b"]`.',
    "TW-S004": "Choose a value in the range that the message states. Fractions are written as such: 2% is `0.02`.",
    "TW-S005": "Name a profile that the file has, or add its table, such as `[profiles.NAME]`.",
    "TW-S006": "Move it to `.secrets.toml` or to an environment variable.",
    "TW-S007": "`chmod 600 .secrets.toml`.",
    "TW-S008": "Write the settings as TOML, in a file that ends in `.toml`.",
    "TW-D001": "Check the symbol's spelling and the source; the message names what the source has. For files, check the "
    "folder and the file names.",
    "TW-D002": "Ask for a range that the data have; the message states it.",
    "TW-D003": "Name the columns `open_time, open, high, low, close, volume`, or say how they are named: see "
    "[your own files](../how-to/own-data.md).",
    "TW-D004": "Mend the cell that the message names, or remove the row: a missing bar is better than a wrong one.",
    "TW-D005": "Sort the rows by time and remove doubled ones.",
    "TW-D006": "Bars open on whole multiples of their length in UTC. Convert the times, or state the right timeframe.",
    "TW-D007": "Get the file again. Text files are UTF-8.",
    "TW-D008": "Ask for a timeframe that is a multiple of one that exists.",
    "TW-D009": "Convert the times to UTC before use.",
    "TW-D010": "`tradewind data check` names the files, `tradewind data repair` moves them aside and fetches anew.",
    "TW-D011": "Correct the source: closed bars as a DataFrame indexed by open time in UTC. `tradewind plugins check` "
    "says what else is wrong.",
    "TW-D012": "Ask for a shorter range or a longer timeframe.",
    "TW-D013": "Check the folder's rights and the disk's space, or name another folder with `cache_dir`.",
    "TW-D014": "Look at the connection, and ask again later: what was fetched is kept. Strategies go on without the "
    "values and say so.",
    "TW-D015": "Nothing of the answer was taken over. Check the host in the source's settings; it may have moved or changed "
    "its answers.",
    "TW-D016": "Give the key as the message says, or take the source out of the settings.",
    "TW-I001": "Take parameters and ranges from [Indicators](indicators.md).",
    "TW-I002": "The indicator's code is at fault: its contract test says what it declares and does not keep.",
    "TW-I003": "Add the column to the bars, or use a source that has it.",
    "TW-I004": "Give one of the two needs other names with `columns=`.",
    "TW-K001": "Give every column one value per bar, and the names of [Records](records.md).",
    "TW-K002": "Correct the value in the row that the message names.",
    "TW-K003": "Return `Signals.from_arrays(frame.index, …)` with arrays as long as the frame.",
    "TW-K004": "A policy takes the tighter of what it finds and what it wants: lower risk, nearer stop, fewer entries.",
    "TW-K005": "Make the plan from the index of the very bars it is simulated on.",
    "TW-K006": "Trade another pair or timeframe, or lower costs: the message states the strategy's reason.",
    "TW-K007": "The plugin's code is at fault. Run again with `--debug` for the traceback.",
    "TW-U001": "Write the symbol as the venue does, such as `BTCUSDT`.",
    "TW-U002": "Write a count and one of `m`, `h`, `d`, `w`: `15m`, `4h`, `1d`, `1w`.",
    "TW-U003": "Give an `--end` that is later than `--start`.",
    "TW-U004": "History ends now at the latest: give dates in the past.",
    "TW-U005": "Shorten the run, take a longer timeframe, or raise the setting `max_rows`.",
    "TW-U006": "Write a name of `tradewind plugins list`, `distribution:name`, or `path/to/file.py:ClassName`.",
    "TW-U007": "Name a file in a folder that exists and can be written, with the ending that the message asks for.",
    "TW-U008": "The message states what the option expects; `tradewind COMMAND --help` lists all options.",
    "TW-U009": "`tradewind --help` lists the commands, `tradewind COMMAND --help` what a command takes.",
    "TW-R001": "`tradewind results` lists the ids. Results lie in the folder `state_dir`.",
    "TW-R002": "Run the backtest again.",
    "TW-R003": "The message names the input that differs: restore it (data, plugin version, setting), or take the new "
    "result for what it is.",
    "TW-V001": "Look at the venue's status page and at the connection, then start again; resting stops stay.",
    "TW-V002": "Check key, secret and the key's permissions at the venue.",
    "TW-V003": "Wait as long as the message says; nothing is sent meanwhile.",
    "TW-V004": "Choose a symbol that the venue lists as trading.",
    "TW-V005": "Choose another venue or symbol; the message names what is missing.",
    "TW-B001": "The message names the file or server and what it said. Check `database_url`, the server and the folder's "
    "rights.",
    "TW-B002": "Run `tradewind db upgrade` for an older schema; install the newer Tradewind for a newer one.",
    "TW-B003": "Restore a backup with `tradewind db restore`; keep the damaged file.",
    "TW-B004": "Name another file or database with `database_url`.",
    "TW-B005": "Check the disk's space and rights, and whether another program holds the database. Nothing was written.",
    "TW-B006": "The engine's code is at fault: report it with the message.",
    "TW-B007": "Compare the venue's own record with the stored one; trading stays halted until a person has looked.",
    "TW-B008": "Take another backup; `tradewind db verify FILE` says which are good.",
    "TW-B009": "Stop the engine first; give `--force` to put a backup over a database that holds rows.",
    "TW-B010": "Install the PostgreSQL client programs (`pg_dump`, `pg_restore`) of the server's version or newer.",
    "TW-B011": "The result itself is stored as a file. Mend what the warning names, or give `--no-db`.",
    "TW-L001": "Give `--live-trading` and `--i-understand-the-risks` together, or neither for paper.",
    "TW-L002": "Look at what changed, then `tradewind plugins lock`.",
    "TW-L003": "Run `tradewind backtest` with the strategy and mend what its certificate names.",
    "TW-L004": "Make a key that can trade on spot and nothing else.",
    "TW-L005": "Write `services.alerts.first_url` to `.secrets.toml`, and try it with `tradewind alerts test`.",
    "TW-L006": "Use the sandbox's address with the sandbox, and a real one for live trading.",
    "TW-L007": "Stop the other process, or wait until its lease ends.",
    "TW-L008": "Start one with `tradewind run`.",
    "TW-L009": "Look at `tradewind health --positions`, then clear the halt with `tradewind resume`.",
    "TW-L010": "The message names what it lacks. The strategy that trades stays. One that needs more history is started "
    "in a session of its own.",
    "TW-L011": "Its slot takes no entries, what is open keeps its stop. Exchange the strategy, or mend it and start again.",
    "TW-L012": "Start a new session with `--fresh`. What was traded before stays in the database.",
    "TW-L013": "Stop and start again from the last checkpoint. When it comes back, the machine's memory or the compiled "
    "kernel is damaged: delete the kernel's cache folder, and report it.",
    "TW-L014": "Try again in a moment. The message names the verb or the form that was expected.",
    "TW-L015": "Start the session again: it goes on closing. `tradewind panic --flatten` closes at the venue without it.",
    "TW-L016": "Stops rest where they rest, and the process is started anew. The log has what it printed last: "
    "too little memory, a library that crashed, or a strategy that uses its process's pipes.",
    "TW-M001": "`tradewind models list` shows what there is; `tradewind train SYMBOL --stage` makes one.",
    "TW-M002": "Take the model's folder from where it was trained, card and file together; never write a card by hand.",
    "TW-M003": "Copy `model.onnx` and `card.json` again from one folder, or train anew.",
    "TW-M004": "Load only models that `tradewind train` wrote; the message says what the file holds.",
    "TW-M005": "The file belongs to another card, or to another kind of model: copy both again from one folder.",
    "TW-M006": "Train anew; the message names the output.",
    "TW-M007": "Take a longer history or a shorter timeframe; the message says how many bars a model needs.",
    "TW-M008": "`uv sync --group train`, or `pip install 'tradewind-train[tensorflow]'`. Only training needs it.",
    "TW-M009": "It may run on paper with `--allow-unproven-model`; `tradewind models validate` shows what it did not pass.",
    "TW-M010": "Train without `--resume`, or with the settings and the data that the run began with.",
    "TW-M011": "Raise `indicators.onnx.budget_ms`, or use a smaller network.",
    "TW-M012": "Search after the end of what the model was fitted on, which its card tells; nothing can be chosen before.",
}
"""By code. A code without a remedy fails the making of the page."""
