"""A path wherever a name does: components straight from a Python file, before anything is packaged."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import sys
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.errors import PLUGIN_FAULTS, PluginError, TradewindError
from tradewind.plugins.names import listed

_FORM: Final = re.compile(r"^(?P<path>.+\.py):(?P<name>[A-Za-z_]\w*)$")


@attrs.frozen(kw_only=True)
class FromFile:
    """
    What a `path/file.py:Name` named.

    Args:
        name: The name in the file.
        found: The class or object.
        version: File name and hash of its content, for the inputs of a result.
    """

    name: str
    found: Any
    version: str


def from_file(text: str) -> FromFile | None:
    """
    Return what `path/file.py:Name` names, or None when the text has another form.

    Raises:
        PluginError: TW-P009 when there is no such file, it cannot be imported, or it has no such name.
    """
    match = _FORM.match(text)
    if match is None:
        return None
    path, name = Path(match["path"]), match["name"]
    if not path.is_file():
        raise PluginError(
            f"there is no file {path}.", code="TW-P009", hint="Give the path of a Python file and a class in it."
        )
    module = _imported(path)
    if not hasattr(module, name):
        own = [n for n, value in vars(module).items() if inspect.isclass(value) and value.__module__ == module.__name__]
        raise PluginError(f"{path} has no class {name!r}.", code="TW-P009", hint=f"It has: {listed(own)}.")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return FromFile(name=name, found=getattr(module, name), version=f"{path.name} sha256:{digest}")


def instance_of(found: Any, name: str) -> Any:
    """
    Return an object of a class that a user named, made without arguments; an object as it is.

    Raises:
        PluginError: TW-P009 when the class cannot be made so.
    """
    if not inspect.isclass(found):
        return found
    try:
        return found()
    except TradewindError:
        raise
    except PLUGIN_FAULTS as error:
        raise PluginError(
            f"{name} cannot be made without arguments: {type(error).__name__}: {error}.",
            code="TW-P009",
            hint="Give every argument of its constructor a default, or hand a script's own object to `backtest`.",
        ) from error


def _imported(path: Path) -> Any:
    name = f"tradewind_file_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path} is not a Python file.", code="TW-P009")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, (TradewindError, KeyboardInterrupt)):
            raise
        raise PluginError(
            f"{path} cannot be imported: {type(error).__name__}: {error}.", code="TW-P009", hint="Mend the file."
        ) from error
    return module
