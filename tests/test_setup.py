"""Set-up: which Python is chosen, and when the virtual environment is made, filled or left alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.dashboard import ROOT

TOOLS = ["sh", "cat", "cp", "cut", "dirname", "find", "grep", "head", "ls", "mkdir", "rm", "sed", "sort", "touch"]

# Claims to be another version than it is, makes an environment that holds nothing but itself, and logs what is asked of
# pip, which can install nothing but uv, and that only if UV_STATUS is set.
PYTHON = """#!/bin/sh
case "$1 ${{2:-}}" in
"-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && touch "$3/pyvenv.cfg" ;;
"-m pip")
    echo "$*" >>"$LOG"
    case "$*" in *" uv") [ -z "${{UV_STATUS:-}}" ] || cp "$UV" "${{0%/*}}/uv"; exit 0 ;; esac
    exit "${{PIP_STATUS:-0}}" ;;
*) exec "{real}" -c "import sys
sys.version_info = (3, {minor}, 0)
sys._base_executable = '$0'
exec(sys.argv[1])" "$2" ;;
esac
"""
SHIM = "#!/bin/sh\necho 'pyenv: this version is not activated' >&2\nexit 127\n"
UV = """#!/bin/sh
[ "$1" = --version ] && exit 0
echo "uv $*" >>"$LOG"
[ "$1" = pip ] && exit "${UV_STATUS:-0}"
while [ $# -gt 2 ]; do
    [ "$1" = --python ] && python=$2
    shift
done
exec "$python" -m venv "$2"
"""


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def fake_python(path: Path, minor: int) -> Path:
    return program(path, PYTHON.format(real=sys.executable, minor=minor))


class Machine:
    """A copy of the set-up scripts, and a PATH with a few tools and whatever a test adds."""

    def __init__(self, folder: Path) -> None:
        self.project, self.log = folder / "project", folder / "log"
        self.first, self.second, tools = folder / "first", folder / "second", folder / "tools"
        for path in (self.project, self.first, self.second, tools):
            path.mkdir()
        for name in TOOLS:
            (tools / name).symlink_to(shutil.which(name) or name)
        shutil.copytree(ROOT / "constraints", self.project / "constraints")
        for name in ("requirements.txt", "requirements-dev.txt", "scripts/choose_python.sh", "scripts/setup.sh"):
            (self.project / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, self.project / name)
        self.path = os.pathsep.join(map(str, (self.first, self.second, tools)))
        self.log.touch()

    def run(self, script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script of scripts/, with an empty log of what is asked of pip and uv."""
        self.log.write_text("")
        command = [str(self.first.parent / "tools" / "sh"), f"scripts/{script}", *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=self.project,
            env={"PATH": self.path, "LOG": str(self.log), **environment},
            capture_output=True,
            text=True,
        )

    def asked(self) -> str:
        """Return what was asked of pip and uv in the last run."""
        return self.log.read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("installed", "chosen", "why"),
    [
        pytest.param([11, 12, 13, 14], 13, "everything works with", id="the newest with TensorFlow"),
        pytest.param([11, 14], 11, "everything works with", id="TensorFlow before a newer Python"),
        pytest.param([14], 14, "TensorFlow has no release for it", id="without TensorFlow"),
        pytest.param([14, 15], 14, "TensorFlow has no release for it", id="tested before untested"),
        pytest.param([10, 15, 16], 15, "newer than 3.14", id="untested"),
    ],
)
def test_the_best_python_is_chosen(machine: Machine, installed: list[int], chosen: int, why: str) -> None:
    for minor in installed:
        fake_python(machine.first / f"python3.{minor}", minor)
    done = machine.run("choose_python.sh")
    assert done.stdout == f"{machine.first}/python3.{chosen}\n"
    assert done.stderr.startswith(f"Python 3.{chosen}.0 ") and why in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_python_without_its_version_in_its_name_is_found(machine: Machine) -> None:
    fake_python(machine.first / "python3.11", 11)
    fake_python(machine.second / "python3", 12)
    assert machine.run("choose_python.sh").stdout == f"{machine.second}/python3\n"


def test_a_shim_that_does_not_run_hides_nothing(machine: Machine) -> None:
    program(machine.first / "python3.13", SHIM)
    fake_python(machine.second / "python3.12", 12)
    assert machine.run("choose_python.sh").stdout == f"{machine.second}/python3.12\n"
    fake_python(machine.second / "python3.13", 13)
    assert machine.run("choose_python.sh").stdout == f"{machine.second}/python3.13\n"
    program(machine.first / "uv", SHIM)
    done = machine.run("setup.sh")
    assert done.returncode == 0 and "pyenv" not in done.stderr


@pytest.mark.parametrize("installed", [[], [9, 10]], ids=["no Python", "only old ones"])
def test_without_a_fitting_python_it_says_what_to_do(machine: Machine, installed: list[int]) -> None:
    for minor in installed:
        fake_python(machine.first / f"python3.{minor}", minor)
    done = machine.run("choose_python.sh")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Python 3.11 or newer is needed" in done.stderr and "make PYTHON=" in done.stderr
    assert ("only 3." in done.stderr) == bool(installed)


def test_a_given_python_wins(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    given = fake_python(machine.project / "own python", 11)
    done = machine.run("choose_python.sh", given)
    assert done.stdout == f"{given}\n"
    assert "PYTHON names" in done.stderr


@pytest.mark.parametrize(("name", "fault"), [("python3.10", "too old: 3.10.0"), ("nowhere", "does not run")])
def test_a_given_python_that_cannot_be_used_is_an_error(machine: Machine, name: str, fault: str) -> None:
    fake_python(machine.first / "python3.13", 13)
    fake_python(machine.first / "python3.10", 10)
    for script, environment in (("choose_python.sh", {}), ("setup.sh", {"PYTHON": name})):
        done = machine.run(script, *([name] if not environment else []), **environment)
        assert done.returncode == 1 and fault in done.stderr
    assert not (machine.project / ".venv").exists()


def test_packages_are_installed_once_under_the_constraints_of_the_python(machine: Machine) -> None:
    fake_python(machine.first / "python3.12", 12)
    done = machine.run("setup.sh")
    assert done.returncode == 0, done.stderr
    assert "-r requirements.txt -c constraints/python-3.12.txt" in machine.asked()
    assert "once:" in done.stdout
    again = machine.run("setup.sh")
    assert (again.stdout, again.stderr, machine.asked()) == ("", "", "")


@pytest.mark.parametrize("changed", ["requirements.txt", "constraints/python-3.12.txt"])
def test_a_changed_list_of_packages_is_installed(machine: Machine, changed: str) -> None:
    fake_python(machine.first / "python3.12", 12)
    machine.run("setup.sh")
    later = (machine.project / ".venv" / ".installed").stat().st_mtime + 5
    os.utime(machine.project / "constraints" / "python-3.11.txt", (later, later))
    machine.run("setup.sh")
    assert machine.asked() == ""
    os.utime(machine.project / changed, (later, later))
    machine.run("setup.sh")
    assert "-r requirements.txt" in machine.asked()


def test_development_tools_come_only_when_asked_for(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    machine.run("setup.sh")
    assert "requirements-dev.txt" not in machine.asked()
    machine.run("setup.sh", "dev")
    assert "-r requirements-dev.txt -c constraints/python-3.13.txt" in machine.asked()
    for arguments in ((), ("dev",)):
        machine.run("setup.sh", *arguments)
        assert machine.asked() == ""


def test_a_python_newer_than_all_constraints_gets_the_bounds_alone(machine: Machine) -> None:
    fake_python(machine.first / "python3.15", 15)
    done = machine.run("setup.sh")
    assert machine.asked().rstrip().endswith("-r requirements.txt")
    assert "within the bounds of requirements.txt" in done.stdout


@pytest.mark.parametrize("fetched", [False, True], ids=["uv on PATH", "uv fetched"])
def test_uv_installs_and_pip_only_where_uv_fails(machine: Machine, fetched: bool) -> None:
    fake_python(machine.first / "python3.13", 13)
    uv = program((machine.project if fetched else machine.first) / "uv", UV)
    machine.run("setup.sh", UV=str(uv), UV_STATUS="0")
    assert "uv pip install" in machine.asked()
    assert machine.asked().count("-m pip") == fetched
    shutil.rmtree(machine.project / ".venv")
    done = machine.run("setup.sh", UV=str(uv), UV_STATUS="2")
    assert done.returncode == 0
    assert "-m pip install --no-compile --disable-pip-version-check -r requirements.txt" in machine.asked()


def test_bytecode_is_written_at_once_where_python_would_not_write_it(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    program(machine.first / "uv", UV)
    machine.run("setup.sh", UV_STATUS="2", PYTHONDONTWRITEBYTECODE="1")
    assert " --compile-bytecode " in machine.asked() and " --compile " in machine.asked()


def test_an_interrupted_setup_is_made_anew(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    failed = machine.run("setup.sh", PIP_STATUS="1")
    assert failed.returncode == 1 and "Calling make again" in failed.stderr
    half = machine.project / ".venv" / "half"
    half.touch()
    done = machine.run("setup.sh")
    assert done.returncode == 0 and "was interrupted" in done.stdout
    assert not half.exists()
    machine.run("setup.sh")
    assert machine.asked() == ""


def test_a_failed_renewal_keeps_what_works(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    machine.run("setup.sh")
    (machine.project / ".venv" / "own").touch()
    assert machine.run("setup.sh", "dev", PIP_STATUS="1").returncode == 1
    assert machine.run("setup.sh").stdout == ""
    assert (machine.project / ".venv" / "own").exists()


def test_an_environment_stays_while_it_fits(machine: Machine) -> None:
    fake_python(machine.first / "python3.12", 12)
    machine.run("setup.sh")
    fake_python(machine.first / "python3.13", 13)
    own = machine.project / ".venv" / "own"
    own.touch()
    machine.run("setup.sh")
    machine.run("setup.sh", PYTHON="python3.12")
    assert own.exists() and machine.asked() == ""
    done = machine.run("setup.sh", PYTHON="python3.13")
    assert "it has Python 3.12, and PYTHON asks for 3.13" in done.stdout
    assert not own.exists() and "constraints/python-3.13.txt" in machine.asked()


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    machine.run("setup.sh")
    (machine.project / ".venv" / "bin" / "python").unlink()
    done = machine.run("setup.sh")
    assert done.returncode == 0 and "its Python is gone" in done.stdout
    assert "-m pip install" in machine.asked()


def test_a_folder_that_is_no_environment_is_left_alone(machine: Machine) -> None:
    fake_python(machine.first / "python3.13", 13)
    (machine.project / "mine").mkdir()
    (machine.project / "mine" / "file").touch()
    done = machine.run("setup.sh", VENV="mine")
    assert done.returncode == 1 and "no virtual environment" in done.stderr
    assert (machine.project / "mine" / "file").exists()
