"""The constraints files: what they must hold, what the check finds, and that a renewal is kept only if tests pass."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest

from scripts import constraints
from scripts.dashboard import ROOT

DIRECT = re.compile(r"^([A-Za-z0-9_-]+)[<>=]", re.MULTILINE)


def pins(python: str) -> dict[str, set[str]]:
    """Return the releases that the file of ``python`` names for each package."""
    found: dict[str, set[str]] = {}
    for line in constraints.path_of(python).read_text().splitlines():
        name, _, release = line.split(" ;")[0].partition("==")
        found.setdefault(name, set()).add(release)
    return found


def write(folder: Path, **files: str) -> None:
    for python, text in files.items():
        constraints.path_of(python.replace("_", "."), folder).write_text(text)


@pytest.mark.parametrize("python", constraints.PYTHONS)
def test_a_file_names_releases_and_nothing_else(python: str) -> None:
    for line in constraints.path_of(python).read_text().splitlines():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.]*( ; [a-zA-Z0-9_.'<>=!() ]+)?", line)


@pytest.mark.parametrize("python", constraints.PYTHONS)
def test_every_direct_requirement_is_in_the_file(python: str) -> None:
    text = (ROOT / "requirements.txt").read_text() + (ROOT / "requirements-dev.txt").read_text()
    direct = {name.lower().replace("_", "-") for name in DIRECT.findall(text)}
    absent = direct - pins(python).keys()
    assert absent == ({"tensorflow"} if python == "3.14" else set())


@pytest.mark.parametrize("python", constraints.PYTHONS)
def test_both_opencv_wheels_are_of_one_release(python: str) -> None:
    named = pins(python)
    assert len(named["opencv-python-headless"]) == 1
    assert named["opencv-python-headless"] == named["opencv-contrib-python-headless"]


def test_every_file_is_one_that_is_checked() -> None:
    assert sorted(constraints.FOLDER.iterdir()) == [constraints.path_of(python) for python in constraints.PYTHONS]


def test_tools_that_judge_the_code_are_pinned() -> None:
    text = (ROOT / "requirements-dev.txt").read_text()
    for name in ("ruff", "mypy", "import-linter", "pandas-stubs", "uv"):
        assert re.search(rf"^{name}==", text, re.MULTILINE)


def test_a_marker_stays_only_where_two_releases_differ_by_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "uv"
    program.write_text(
        "#!/bin/sh\necho \"colorama==0.4.6 ; sys_platform == 'win32'\"\n"
        "echo \"soup==1 ; python_full_version < '3.11.5'\"\necho \"soup==2 ; python_full_version >= '3.11.5'\"\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(constraints, "_uv", lambda: str(program))
    assert constraints.resolve("3.11").splitlines() == [
        "colorama==0.4.6",
        "soup==1 ; python_full_version < '3.11.5'",
        "soup==2 ; python_full_version >= '3.11.5'",
    ]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("error: No solution found when resolving dependencies", constraints.Unresolvable),
        ("error: Failed to fetch: `…/simple/numpy/`", constraints.Unreachable),
    ],
)
def test_an_unreachable_index_is_no_contradiction(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, error: type[Exception]
) -> None:
    program = tmp_path / "uv"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(constraints, "_uv", lambda: str(program))
    with pytest.raises(error, match=r"Python 3\.12: error"):
        constraints.resolve("3.12")


@pytest.mark.parametrize(
    ("resolved", "fault"),
    [
        pytest.param("a==1\nb==2\n", None, id="agrees"),
        pytest.param("a==1\nb==2\nc==3\n", "missing: c==3; not required: nothing", id="missing"),
        pytest.param("a==1\n", "missing: nothing; not required: b==2", id="needless"),
        pytest.param(
            constraints.Unresolvable("you require b>=3"), "contradicts .*you require b>=3", id="contradiction"
        ),
    ],
)
def test_the_check_tells_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, resolved: str | Exception, fault: str | None
) -> None:
    def resolve(*_: object, **__: object) -> str:
        if isinstance(resolved, Exception):
            raise resolved
        return resolved

    monkeypatch.setattr(constraints, "resolve", resolve)
    monkeypatch.setattr(constraints, "PYTHONS", ("3.11",))
    write(tmp_path, **{"3_11": "a==1\nb==2\n"})
    faults = constraints.check(tmp_path)
    assert len(faults) == (fault is not None)
    assert fault is None or re.search(fault, faults[0])


def test_a_missing_file_is_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(constraints, "PYTHONS", ("3.11",))
    assert constraints.check(tmp_path) == ["python-3.11.txt is missing. `make constraints` makes it."]


def test_without_an_index_only_ci_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def unreachable() -> list[str]:
        raise constraints.Unreachable("Python 3.11: error: Failed to fetch")

    monkeypatch.setattr(constraints, "check", unreachable)
    monkeypatch.delenv("CI", raising=False)
    assert constraints.main(["check"]) == 0
    assert "Not checked" in capsys.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert constraints.main(["check"]) == 1


OLD, NEW = {"3.11": "a==1\n"}, {"3.11": "a==2\n", "3.15": "a==2\n"}


def on_disk(folder: Path) -> dict[str, str]:
    return {path.stem.removeprefix("python-"): path.read_text() for path in folder.iterdir()}


def test_a_renewal_is_kept_when_the_tests_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, **{"3_11": "a==1\n"})
    assert constraints.renew(lambda: on_disk(tmp_path) == NEW, tmp_path, NEW)
    assert on_disk(tmp_path) == NEW
    assert capsys.readouterr().out == "Python 3.11:\n  - a==1\n  + a==2\nPython 3.15: new\n"


def test_the_old_files_are_back_when_the_tests_fail(tmp_path: Path) -> None:
    write(tmp_path, **{"3_11": "a==1\n"})
    assert not constraints.renew(lambda: False, tmp_path, NEW)
    assert on_disk(tmp_path) == OLD


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_old_files_are_back_when_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    write(tmp_path, **{"3_11": "a==1\n"})

    def interrupted() -> bool:
        os.kill(os.getpid(), number)
        return True

    before = signal.getsignal(number)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        constraints.renew(interrupted, tmp_path, NEW)
    assert on_disk(tmp_path) == OLD
    assert signal.getsignal(number) is before


def test_nothing_new_needs_no_tests(tmp_path: Path) -> None:
    write(tmp_path, **{"3_11": "a==1\n"})
    assert constraints.renew(lambda: pytest.fail("nothing has changed"), tmp_path, OLD)
