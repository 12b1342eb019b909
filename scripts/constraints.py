"""The exact releases that a fresh set-up gets: one file in constraints/ for each version of Python.

    python scripts/constraints.py check            the requirements resolve to what the files name
    python scripts/constraints.py renew COMMAND…   take the newest releases, and keep them if COMMAND succeeds

Nothing is installed to find them out: uv reads what each release requires. `make check` runs the first, and
`make constraints` the second, with `make test` as the command.
"""

from __future__ import annotations

import difflib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "constraints"
REQUIREMENTS = ROOT / "requirements-dev.txt"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Every package has a wheel for each of these, so that no set-up needs a compiler. Intel Macs: ONNX Runtime has none.
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64"))
# What uv says when it could not ask, as opposed to an answer that contradicts the requirements.
NO_NETWORK = ("failed to fetch", "error sending request", "request failed", "network was disabled")


class Unresolvable(Exception):
    """The requirements cannot be met; with uv's explanation."""


class Unreachable(Exception):
    """The package index did not answer; with uv's explanation."""


def path_of(python: str, folder: Path = FOLDER) -> Path:
    """The constraints file of a version of Python such as ``"3.13"``."""
    return folder / f"python-{python}.txt"


def resolve(
    python: str, requirements: Path = REQUIREMENTS, constraints: Path | None = None, *, offline: bool = False
) -> str:
    """Return the text of a constraints file: a line for every package that ``requirements`` lead to.

    Args:
        constraints: releases that must be taken; the newest ones without.
        offline: only what uv remembers is asked.

    Raises:
        Unresolvable: no releases meet the requirements, or one has no wheel for a platform of `PLATFORMS`.
        Unreachable: the index was needed and did not answer.
    """
    command = [_uv(), "pip", "compile", "--quiet", "--universal", "--python-version", python]
    command += ["--python", sys.executable, "--no-python-downloads", "--only-binary", ":all:"]
    command += ["--no-header", "--no-annotate", str(requirements)]
    command += ["--constraints", str(constraints)] if constraints else []
    command += ["--offline"] if offline else []
    with tempfile.TemporaryDirectory() as project:
        # Which systems count can be said in a project's file only, which uv looks for in the working folder.
        (Path(project) / "pyproject.toml").write_text(_project(python))
        done = subprocess.run(command, cwd=project, capture_output=True, text=True)
    if done.returncode == 0:
        return _without_needless_markers(done.stdout)
    missed = any(sign in done.stderr.lower() for sign in NO_NETWORK)
    raise (Unreachable if missed else Unresolvable)(f"Python {python}: {done.stderr.strip()}")


def check(folder: Path = FOLDER, requirements: Path = REQUIREMENTS) -> list[str]:
    """Return what is wrong with the files of ``folder``, nothing if each names exactly what is required.

    Raises:
        Unreachable: the index was needed and did not answer.
    """
    with ThreadPoolExecutor() as pool:
        return [fault for fault in pool.map(lambda python: _fault(python, folder, requirements), PYTHONS) if fault]


def renew(succeeds: Callable[[], bool], folder: Path = FOLDER, new: Mapping[str, str] | None = None) -> bool:
    """Write the newest releases to ``folder``; put the old files back unless ``succeeds()`` then.

    Args:
        new: the text for each version of Python; by default what `resolve` returns.

    Returns:
        Whether the files of ``folder`` are up to date now.

    Raises:
        Unresolvable, Unreachable: before anything is written.
    """
    if new is None:
        with ThreadPoolExecutor() as pool:
            new = dict(zip(PYTHONS, pool.map(resolve, PYTHONS), strict=True))
    old = {python: path_of(python, folder).read_text() for python in new if path_of(python, folder).exists()}
    if new == old:
        return True
    sys.stdout.writelines(_changes(old, new))
    sys.stdout.flush()
    with _put_back(folder, old, new) as keep:
        _write(folder, new)
        if succeeds():
            keep.append(True)
    return bool(keep)


def main(arguments: list[str]) -> int:
    """Run one of the two commands of this module's docstring; return the exit status."""
    try:
        if arguments == ["check"]:
            faults = check()
            sys.stdout.writelines(f"{fault}\n" for fault in faults)
            if not faults:
                sys.stdout.write(f"The requirements resolve for Python {', '.join(PYTHONS)}\n")
            return bool(faults)
        if len(arguments) > 1 and arguments[0] == "renew":
            return 0 if renew(lambda: subprocess.run(arguments[1:], cwd=ROOT).returncode == 0) else 1
    except Unreachable as error:
        sys.stdout.write(f"{error}\nNot checked whether the requirements resolve: no answer from the package index\n")
        return bool(arguments != ["check"] or os.environ.get("CI"))
    except Unresolvable as error:
        sys.stdout.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(f"{__doc__}")
    return 2


def _uv() -> str:
    """The project's own uv, else the one on PATH."""
    found = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if found is None:
        raise Unresolvable("uv is needed: make setup-dev installs it")
    return found


def _project(python: str) -> str:
    this = f"python_version == '{python}' and implementation_name == 'cpython'"
    this += " and platform_python_implementation == 'CPython'"
    systems = sorted({f"{this} and sys_platform == '{system}'" for system, _ in PLATFORMS})
    machines = [f"{this} and sys_platform == '{system}' and platform_machine == '{cpu}'" for system, cpu in PLATFORMS]
    return (
        f'[project]\nname = "set-up"\nversion = "0"\nrequires-python = "=={python}.*"\n'
        f"[tool.uv]\nenvironments = {systems}\nrequired-environments = {machines}\n"
    )


def _without_needless_markers(resolved: str) -> str:
    """Leave "only on Windows" out but where two releases differ by it: a constraint concerns only what is installed."""
    lines = [line for line in resolved.splitlines() if "==" in line]
    releases = Counter(line.partition("==")[0] for line in lines)
    return "".join(f"{line if releases[line.partition('==')[0]] > 1 else line.split(' ;')[0]}\n" for line in lines)


def _fault(python: str, folder: Path, requirements: Path) -> str | None:
    path = path_of(python, folder)
    if not path.exists():
        return f"{path.name} is missing. `make constraints` makes it."
    try:
        try:  # A release's requirements never change: what uv remembers is enough, and takes a second instead of ten.
            resolved = resolve(python, requirements, path, offline=True)
        except (Unreachable, Unresolvable):
            resolved = resolve(python, requirements, path)
    except Unresolvable as error:
        return f"{path.name} contradicts the requirements. {error}"
    difference = list(difflib.ndiff(path.read_text().splitlines(), resolved.splitlines()))
    needless = ", ".join(line[2:] for line in difference if line.startswith("- "))
    missing = ", ".join(line[2:] for line in difference if line.startswith("+ "))
    if not needless and not missing:
        return None
    return f"{path.name}: missing: {missing or 'nothing'}; not required: {needless or 'nothing'}. `make constraints`"


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for python, text in new.items():
        if python not in old:
            yield f"Python {python}: new\n"
            continue
        lines = difflib.ndiff(old[python].splitlines(), text.splitlines())
        changed = [line for line in lines if line.startswith(("- ", "+ "))]
        yield f"Python {python}:{'' if changed else ' no change'}\n"
        yield from (f"  {line}\n" for line in changed)


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for python, text in texts.items():
        path_of(python, folder).write_text(text)


@contextmanager
def _put_back(folder: Path, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[list[bool]]:
    """At the end of the block, however it ends, the old files are back unless something was put into the list."""
    keep: list[bool] = []
    signals = {name: signal.signal(name, _stop) for name in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))}
    try:
        yield keep
    finally:
        if not keep:
            for python in new.keys() - old.keys():
                path_of(python, folder).unlink(missing_ok=True)
            _write(folder, old)
            sys.stdout.write("The old constraints are back; the next make installs their releases again\n")
        for name, handler in signals.items():
            signal.signal(name, handler)


def _stop(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
