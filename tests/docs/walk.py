"""Follow a page: write the files it shows, run the commands it shows, compare what they print."""

from __future__ import annotations

import contextlib
import io
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from unittest import mock

import attrs

from docs.pages import Block, Command, blocks_of, commands_of, missing_lines

Run = Callable[[Command, Path], tuple[int, str]]
"""Runs a command in a folder; answers with its exit code and all that it printed."""


_ID: Final = re.compile(r"\b[0-9a-f]{12}\b")
_STORED: Final = re.compile(r"^Result ([0-9a-f]{12}): ", re.MULTILINE)


@attrs.define
class Walk:
    """
    One way through a page.

    Ids of results change with every setting that is added and every version, so a page's ids
    stand for those of the runs it shows, in order.

    Args:
        page: The page.
        folder: Where its files are written and its commands run.
        run: Runs a command.
    """

    page: Path
    folder: Path
    run: Run
    shown: list[str] = attrs.field(init=False)
    stored: list[str] = attrs.field(factory=list, init=False)
    printed: dict[int, str] = attrs.field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        texts = [block.text for block in blocks_of(self.page) if block.info in {"sh", "text"}]
        self.shown = list(dict.fromkeys(match for text in texts for match in _ID.findall(text)))

    def translated(self, text: str) -> str:
        """Return a text of the page with the ids of the real runs."""
        known = dict(zip(self.shown, self.stored, strict=False))
        return _ID.sub(lambda match: known.get(match[0], match[0]), text)

    def commands(self, number: int, block: Block) -> int:
        """Run the commands of a block; return how many there were."""
        output, count = "", 0
        for command in commands_of(block):
            real = attrs.evolve(command, text=self.translated(command.text))
            code, printed = self.run(real, self.folder)
            output += printed
            count += 1
            self.stored += [found for found in _STORED.findall(printed) if found not in self.stored]
            where = f"{self.page.name}:{block.line}"
            assert code == command.code, f"{where}: {real.text} left with {code}:\n{printed}"
        self.printed[number] = output
        return count

    def compare(self, block: Block) -> None:
        """Compare an output block with what the block before it printed."""
        printed = self.printed[block.follows]
        missing = missing_lines(self.translated(block.text), printed)
        assert not missing, f"{self.page.name}:{block.line}: not printed: {missing[0]!r}; printed was:\n{printed}"


def follow(page: Path, folder: Path, run: Run) -> int:
    """Follow a page from top to bottom in a folder; return how many commands were run."""
    walk, count = Walk(page=page, folder=folder, run=run), 0
    for number, block in enumerate(blocks_of(page)):
        if block.file:
            target = folder / block.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.content, encoding="utf-8")
        elif block.info == "sh":
            count += walk.commands(number, block)
        elif block.info == "text" and block.follows in walk.printed:
            walk.compare(block)
    return count


def in_process(command: Command, folder: Path) -> tuple[int, str]:
    """Run `tradewind` and `python FILE` in this process, all else in a shell of its own."""
    words = command.words
    if words[0] == "tradewind" and not set("|<>&;$") & set(command.text):
        from tradewind.cli.main import main

        return _captured(lambda: main(words[1:]), folder)
    if words[0] == "python" and words[1].endswith(".py") and len(words) == 2:
        return _captured(lambda: runpy.run_path(words[1], run_name="__main__"), folder)
    return in_shell(command, folder, dict(os.environ))


def _captured(call: Callable[[], object], folder: Path) -> tuple[int, str]:
    stream, code = io.StringIO(), 0
    with contextlib.chdir(folder), contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        try:
            call()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else int(left.code is not None)
    return code, stream.getvalue()


def in_shell(command: Command, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command in a shell."""
    done = subprocess.run(
        ["/bin/sh", "-c", command.text],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout


@attrs.frozen(kw_only=True)
class Workshop:
    """
    An environment of its own in which plugins can be installed.

    It sees everything that this one has, so nothing is downloaded; what is installed in it stays in it.

    Args:
        folder: Where it lies.
    """

    folder: Path

    @property
    def site(self) -> Path:
        """Where its own distributions lie."""
        return next((self.folder / "lib").glob("python3.*")) / "site-packages"

    @classmethod
    def make(cls, folder: Path) -> Workshop:
        """Make one that sees this environment's distributions."""
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
        made = cls(folder=folder)
        for here in map(Path, _site_folders()):
            (made.site / "outer.pth").write_text(f"import site; site.addsitedir({str(here)!r})\n")
            for facts in here.glob("*.dist-info"):
                shutil.copytree(facts, made.site / facts.name, dirs_exist_ok=True)
        script = folder / "bin" / "tradewind"
        script.write_text(f"#!{folder}/bin/python\nfrom tradewind.cli.main import main\n\nmain()\n")
        script.chmod(0o755)
        return made

    def run(self, command: Command, folder: Path) -> tuple[int, str]:
        """Run a command with this environment first on the path, offline."""
        environment = os.environ | {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(self.folder),
            # A test runner may have set this to its own interpreter, and uv heeds it before the above.
            "UV_PYTHON": str(self.folder / "bin" / "python"),
            "UV_OFFLINE": "1",
            "PYTEST_ADDOPTS": "-p no:cacheprovider -p no:randomly",
        }
        if command.words[:3] == ["uv", "pip", "install"]:
            return self._install(command, folder, environment)
        return in_shell(command, folder, environment)

    def _install(self, command: Command, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
        """Install with uv; where its cache has no build backend, lay the package out as an installer would."""
        if shutil.which("uv", path=environment["PATH"]):
            code, printed = in_shell(command, folder, environment)
            if code == 0:
                return code, printed
        for name in command.words[command.words.index("-e") + 1 :]:
            lay_out(folder / name, self.site)
        return 0, ""


def lay_out(package: Path, site: Path) -> None:
    """Make an editable installation by hand: a path file and the metadata."""
    import tomllib

    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    plain = project["name"].replace("-", "_")
    facts = site / f"{plain}-{project['version']}.dist-info"
    facts.mkdir(exist_ok=True)
    requires = "".join(f"Requires-Dist: {line}\n" for line in project["dependencies"])
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (facts / "METADATA").write_text(head + requires)
    points = project["entry-points"]["tradewind"]
    (facts / "entry_points.txt").write_text("[tradewind]\n" + "".join(f"{k} = {v}\n" for k, v in points.items()))
    (site / f"_editable_{plain}.pth").write_text(f"{package.resolve() / 'src'}\n")


def _site_folders() -> list[str]:
    import sysconfig

    return sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})


def quiet_environment() -> mock._patch_dict:
    """Return a patch that takes the project's own variables out of the environment; certificates make few cuts."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TRADEWIND_", "DATABASE_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return mock.patch.dict(os.environ, kept | {"PATH": path, "TRADEWIND_CERTIFICATE__CUTS": "24"}, clear=True)
