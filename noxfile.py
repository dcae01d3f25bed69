"""Every check of the project, one session each. `nox -l` lists them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

ROOT = Path(__file__).parent
CONSTRAINTS = ROOT / "tests" / "constraints.txt"
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))
MARKET_DATA = ROOT.parent / "shared" / "market-data"

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.sessions = ["lint", "types", "imports", "tests"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_missing_interpreters = True

PYTHON = "3.12"
PEERS = ("raptorbt==0.13.4", "vectorbt[rust]==1.2.0")
CHECKED = ("core", "plugins", "tests", "noxfile.py")


def install(session: nox.Session, *groups: str, pinned: bool = True, arguments: tuple[str, ...] = ()) -> None:
    """Install core, every plugin and these dependency groups; pinned to what is known to work together."""
    constraints = ("--constraint", str(CONSTRAINTS)) if pinned else ()
    editable = [part for path in (ROOT, *PLUGINS) for part in ("--editable", str(path))]
    wanted = [part for group in groups for part in ("--group", group)]
    session.install(*constraints, *arguments, *editable, *wanted)


def environment(session: nox.Session) -> dict[str, str]:
    """Tell tests where real market data are, when they lie beside the project."""
    env = {"TRADEWIND_MARKET_DATA": os.environ.get("TRADEWIND_MARKET_DATA", "")}
    if not env["TRADEWIND_MARKET_DATA"]:
        if MARKET_DATA.is_dir():
            env["TRADEWIND_MARKET_DATA"] = str(MARKET_DATA)
        else:
            session.log("no real market data found: the tests that need them are skipped")
            del env["TRADEWIND_MARKET_DATA"]
    return env


def pytest(session: nox.Session, *arguments: str) -> None:
    """Run pytest on two processes with the real data."""
    session.run("pytest", "--numprocesses=2", *arguments, env=environment(session))


@nox.session(python=PYTHON)
def dev(session: nox.Session) -> None:
    """Make .venv with everything a contributor needs."""
    session.run_install(
        "uv", "sync", "--group", "test", "--group", "lint", "--group", "docs", "--group", "train",
        external=True, env={"UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv"), "VIRTUAL_ENV": ""},
    )  # fmt: skip


@nox.session(python=PYTHON)
def tests(session: nox.Session) -> None:
    """Run the whole suite; with `-- --coverage` measure it; with `-- FILE` run one file."""
    install(session, "test", "lint", "docs", "train")
    arguments = list(session.posargs)
    if "--coverage" in arguments:
        arguments.remove("--coverage")
        env = environment(session)
        session.run("coverage", "run", "-m", "pytest", *arguments, env=env | {"NUMBA_DISABLE_COVERAGE": "1"})
        session.run("coverage", "report", "--show-missing", "--skip-covered")
        return
    pytest(session, *arguments)


@nox.session(python=PYTHON)
def smoke(session: nox.Session) -> None:
    """Run a few seconds of tests over every layer."""
    install(session, "test")
    pytest(session, "-m", "smoke", *session.posargs)


@nox.session(python=PYTHON)
def critical(session: nox.Session) -> None:
    """Run what money depends on: kernel, risk, orders."""
    install(session, "test")
    pytest(session, "-m", "critical", *session.posargs)


@nox.session(python=PYTHON)
def simulate(session: nox.Session) -> None:
    """Run order desk and engine through 10,000 seeds, every kill point, a million executions; `-- 0:500` for fewer."""
    install(session, "test")
    seeds = session.posargs[0] if session.posargs else "0:10000"
    env = environment(session)
    with session.chdir("tests"):
        session.run("python", "-m", "simulation", "--seeds", seeds, env=env)
        session.run("python", "-m", "simulation", "--bars", "--seeds", seeds, env=env)
        session.run("python", "-m", "simulation", "--kills", env=env)
    session.run("pytest", "-q", "tests/live/orders/test_ledger.py", env=env | {"TRADEWIND_LEDGER_FILLS": "1000000"})


@nox.session(python=PYTHON)
def kills(session: nox.Session) -> None:
    """Kill, stop and double-start real sessions at the sandbox; `-- --kills 20 --stops 5 --doubles 2` for fewer."""
    install(session, "test")
    with session.chdir("tests"):
        session.run("python", "-m", "live.kills", *session.posargs, env=environment(session))


@nox.session(python=PYTHON)
def soak(session: nox.Session) -> None:
    """Measure decisions on their way out, starts on a long journal, a week of broken streams; `-- --days 1`."""
    install(session, "test")
    with session.chdir("tests"):
        session.run("python", "-m", "live.soak", *session.posargs, env=environment(session))


@nox.session(python=PYTHON)
def testnet(session: nox.Session) -> None:
    """Ask a venue of practice what our orders rest on: `-- --base-url https://testnet.binance.vision --keys FILE`."""
    install(session, "test")
    session.run("pytest", "-q", "-p", "no:randomly", "plugins/tradewind-sandbox/tests/portable", *session.posargs)


@nox.session(python=PYTHON)
def planted(session: nox.Session) -> None:
    """Send predictors of known skill through the gate of models, on real bars; `-- 50` for fewer of each."""
    install(session, "test")
    with session.chdir("tests"):
        session.run("python", "-m", "models.planted", *session.posargs, env=environment(session))


@nox.session(python=PYTHON)
def mutants(session: nox.Session) -> None:
    """Plant every fault of the order protocol; each must be noticed within 1,000 seeds."""
    install(session, "test")
    with session.chdir("tests"):
        session.run("python", "-m", "simulation", "--mutants", env=environment(session))


@nox.session(python=PYTHON)
def isolated(session: nox.Session) -> None:
    """Run each plugin's own tests with nothing but the core and what it declares installed; `-- NAME` runs one's."""
    for plugin in [one for one in PLUGINS if not session.posargs or one.name in session.posargs]:
        if not any((plugin / "tests").glob("test_*.py")):
            session.warn(f"{plugin.name} has no tests of its own")
            continue
        session.log(plugin.name)
        declared = nox.project.load_toml(plugin / "pyproject.toml").get("dependency-groups", {}).get("test", [])
        others = [part for name in declared for part in ("--editable", str(ROOT / "plugins" / name))]
        where = Path(session.create_tmp()) / plugin.name
        shutil.rmtree(where, ignore_errors=True)
        session.run_install("uv", "venv", "--python", PYTHON, str(where), external=True, silent=True)
        python = str(where / "bin" / "python")
        session.run_install(
            "uv", "pip", "install", "--quiet", "--python", python, "--constraint", str(CONSTRAINTS),
            "--editable", str(ROOT), "--editable", str(plugin), *others,
            "pytest", "pytest-timeout", "hypothesis", "TA-Lib",
            external=True,
        )  # fmt: skip
        session.run(
            python, "-m", "pytest", "-q", "-p", "no:randomly", "--hypothesis-profile=ci", str(plugin / "tests"), "-m",
            "not needs_others",
            external=True, env=environment(session),
        )  # fmt: skip


@nox.session(python=PYTHON)
def oldest(session: nox.Session) -> None:
    """Run the suite on the oldest releases that the ranges allow."""
    install(session, "test", "lint", "train", pinned=False, arguments=("--resolution", "lowest-direct"))
    pytest(session, *session.posargs)


@nox.session(python=PYTHON)
def newest_kernel(session: nox.Session) -> None:
    """Run the kernel's tests on the newest numba and numpy, which pandas-ta does not allow beside it."""
    session.install(
        "--editable", str(ROOT), "numba>=0.62",
        "hypothesis", "pytest", "pytest-timeout", "pytest-randomly", "scipy", "TA-Lib",
    )  # fmt: skip
    session.run("pytest", "-q", "tests/kernel", "tests/oracle", env=environment(session))


@nox.session(python=PYTHON)
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    session.install("--constraint", str(CONSTRAINTS), "ruff")
    session.run("ruff", "check", *CHECKED)
    session.run("ruff", "format", "--check", *CHECKED)


@nox.session(python=PYTHON)
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install(session, "test", "lint")
    session.run("mypy", "core/tradewind", "tests", "noxfile.py")
    for plugin in PLUGINS:
        session.run("mypy", str(plugin / "src"), silent=True)


@nox.session(python=PYTHON)
def imports(session: nox.Session) -> None:
    """Check that the layers of the architecture hold."""
    install(session, "lint")
    session.run("lint-imports")


@nox.session(python=PYTHON)
def docs(session: nox.Session) -> None:
    """Build the documentation, warnings being errors."""
    install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session(python=PYTHON)
def kit(session: nox.Session) -> None:
    """Run the contract kit over every first-party plugin, and each check against its mutant."""
    install(session, "test")
    contracts = (plugin / "tests" / "test_contract.py" for plugin in PLUGINS)
    pytest(session, "tests/kit", *(str(path) for path in contracts if path.is_file()))


@nox.session(python=PYTHON)
def scaffold(session: nox.Session) -> None:
    """Generate a plugin of each kind and hold it to lint, types, install and tests."""
    install(session, "test", "lint")
    pytest(session, "tests/scaffold")


@nox.session(python=PYTHON)
def bench(session: nox.Session) -> None:
    """Run the benchmarks and print what they measured."""
    install(session, "test")
    chosen = session.posargs or sorted(str(path) for path in (ROOT / "tests" / "bench").glob("bench_*.py"))
    for script in chosen:
        session.run("python", script, env=environment(session) | {"PYTHONPATH": str(ROOT / "tests")})


@nox.session(python=PYTHON)
def peers(session: nox.Session) -> None:
    """Run Tradewind and what its users would take instead side by side; `-- w1` runs one part."""
    install(session, "test")
    # their numba and numpy are newer than ours may be: they get an environment of their own
    where = Path(session.create_tmp()) / "peers"
    session.run_install("uv", "venv", "--allow-existing", "--python", PYTHON, str(where), external=True, silent=True)
    python = str(where / "bin" / "python")
    session.run_install("uv", "pip", "install", "--quiet", "--python", python, *PEERS, external=True)
    session.run("python", str(ROOT / "tests" / "bench" / "peers.py"), "--peers", python, *session.posargs)


@nox.session(python=PYTHON)
def wheels(session: nox.Session) -> None:
    """Build every wheel, install them into a clean environment and run the main job from there."""
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    for path in (ROOT, *PLUGINS):
        session.run_install("uv", "build", "--quiet", "--wheel", "--out-dir", str(out), str(path), external=True)
    session.install("--constraint", str(CONSTRAINTS), *(str(wheel) for wheel in sorted(out.glob("*.whl"))))
    with session.chdir(session.create_tmp()):
        session.run("tradewind", "plugins", "list")
        session.run("tradewind", "backtest", "adaptive")


@nox.session(python=PYTHON)
def pins(session: nox.Session) -> None:
    """Write anew which versions are known to work together, without addresses."""
    session.run_install(
        "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--no-emit-index-url",
        "--python-version", PYTHON, "--output-file", str(CONSTRAINTS),
        str(ROOT / "pyproject.toml"), *(str(path / "pyproject.toml") for path in PLUGINS),
        "--group", f"{ROOT / 'pyproject.toml'}:test", "--group", f"{ROOT / 'pyproject.toml'}:lint",
        "--group", f"{ROOT / 'pyproject.toml'}:docs", "--group", f"{ROOT / 'pyproject.toml'}:train",
        external=True,
    )  # fmt: skip
    kept = [line for line in CONSTRAINTS.read_text().splitlines() if not line.startswith(("-e", "tradewind", "./"))]
    CONSTRAINTS.write_text("\n".join(kept) + "\n")
