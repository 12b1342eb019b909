"""Files and folders that appear whole or not at all, also when their process is killed at any step."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_core.files.atomic import new_folder, recover_folders, remove_folder, replaced_file
from tests.killed import killed_at_each_step

OLD = {"card.json": b"old card", "model.onnx": b"old network", "extra": b"only the old one has it"}
NEW = {"card.json": b"new card", "model.onnx": b"new network"}


def fill(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# Files


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "best.weights.h5"
    path.write_text("old")
    with replaced_file(path) as draft:
        draft.write_text("new")
        assert path.read_text() == "old"
        assert (draft.parent, draft.suffixes) == (tmp_path, [".weights", ".h5"])
    assert path.read_text() == "new"
    assert names(tmp_path) == ["best.weights.h5"]


def test_after_an_error_the_old_file_stays_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("old")
    with pytest.raises(KeyError), replaced_file(path) as draft:
        draft.write_text("half")
        raise KeyError
    assert path.read_text() == "old"
    assert names(tmp_path) == ["state.json"]


def test_two_may_replace_one_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with replaced_file(path) as first, replaced_file(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer block ends last
    assert names(tmp_path) == ["state.json"]


def test_what_a_killed_writer_left_goes_with_the_next_write(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    left, young = tmp_path / ".partial-0123abcd-state.json", tmp_path / ".partial-4567cdef-state.json"
    other = tmp_path / ".partial-0123abcd-other.json"
    for file in (left, young, other):
        file.write_text("half")
    for file in (left, other):
        os.utime(file, (0, 0))
    with replaced_file(path) as draft:
        draft.write_text("new")
    assert names(tmp_path) == sorted([other.name, young.name, "state.json"])


def killed_while_replacing_a_file(path: str) -> None:
    with replaced_file(Path(path)) as draft:
        draft.write_text("new")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_writer_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    seen = []
    for _ in killed_at_each_step(killed_while_replacing_a_file, tmp_path, path, before=lambda: path.write_text("old")):
        seen.append(path.read_text())
    assert seen[0] == "old" and seen[-1] == "new" and set(seen) == {"old", "new"}


# Folders


def test_a_folder_appears_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "model"
    with new_folder(path) as staged:
        fill(staged, NEW)
        assert not path.exists() and staged.name == "model"
    assert contents(path) == NEW
    assert names(path.parent) == ["model"]


@pytest.mark.parametrize("replace", [False, True])
def test_after_an_error_there_is_no_new_folder(tmp_path: Path, replace: bool) -> None:
    path = tmp_path / "model"
    if replace:
        fill(path, OLD)
    with pytest.raises(KeyError), new_folder(path, replace=replace) as staged:
        fill(staged, NEW)
        raise KeyError
    assert names(tmp_path) == (["model"] if replace else [])
    assert not replace or contents(path) == OLD


@pytest.mark.parametrize("what", ["folder", "empty folder", "file", "link"])
def test_what_is_there_is_not_replaced_unless_asked(tmp_path: Path, what: str) -> None:
    path = tmp_path / "model"
    make: dict[str, Callable[[], object]] = {
        "folder": lambda: fill(path, OLD),
        "empty folder": path.mkdir,
        "file": lambda: path.write_text("mine"),
        "link": lambda: path.symlink_to(tmp_path / "nowhere"),
    }
    make[what]()
    with pytest.raises(FileExistsError), new_folder(path):
        pytest.fail("the block ran")
    assert names(tmp_path) == ["model"]


def test_of_two_who_make_one_folder_the_second_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model"
    with pytest.raises(FileExistsError), new_folder(path) as second:
        fill(second, OLD)
        with new_folder(path) as first:
            fill(first, NEW)
    assert contents(path) == NEW
    assert names(tmp_path) == ["model"]


def test_a_folder_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "model"
    fill(path, OLD)
    with new_folder(path, replace=True) as staged:
        fill(staged, NEW)
        assert contents(path) == OLD
    assert contents(path) == NEW
    assert names(tmp_path) == ["model"]


def test_a_link_is_replaced_and_what_it_points_to_is_not(tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", OLD)
    (tmp_path / "model").symlink_to(tmp_path / "elsewhere")
    with new_folder(tmp_path / "model", replace=True) as staged:
        fill(staged, NEW)
    assert contents(tmp_path / "model") == NEW
    assert contents(tmp_path / "elsewhere") == OLD


def test_where_the_new_folder_cannot_be_moved_the_old_one_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model"
    fill(path, OLD)
    rename = Path.rename

    def refusing(self: Path, target: Path) -> Path:
        if self.parent.name == "new":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="Input/output"), new_folder(path, replace=True) as staged:
        fill(staged, NEW)
    assert contents(path) == OLD
    assert names(tmp_path) == ["model"]


def test_several_threads_replace_one_folder_and_one_of_theirs_is_there(tmp_path: Path) -> None:
    path = tmp_path / "model"
    errors: list[BaseException] = []

    def replace_it(number: int) -> None:
        try:
            with new_folder(path, replace=True) as staged:
                fill(staged, {name: str(number).encode() for name in NEW})
        except BaseException as error:  # noqa: BLE001 the test shows it
            errors.append(error)

    threads = [threading.Thread(target=replace_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(contents(path).values())) == 1 and set(contents(path)) == set(NEW)
    assert names(tmp_path) == ["model"]


def killed_while_replacing_a_folder(path: str) -> None:
    with new_folder(Path(path), replace=True) as staged:
        fill(staged, NEW)


def killed_while_making_a_folder(path: str) -> None:
    with new_folder(Path(path)) as staged:
        fill(staged, NEW)


def killed_while_removing_a_folder(path: str) -> None:
    remove_folder(Path(path))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize(
    ("act", "before", "after"),
    [
        pytest.param(killed_while_replacing_a_folder, OLD, NEW, id="replacing"),
        pytest.param(killed_while_making_a_folder, None, NEW, id="making"),
        pytest.param(killed_while_removing_a_folder, OLD, None, id="removing"),
    ],
)
def test_a_process_killed_at_any_step_leaves_the_old_folder_or_the_new_one(
    tmp_path: Path, act: Callable[[str], None], before: dict[str, bytes] | None, after: dict[str, bytes] | None
) -> None:
    path = tmp_path / "models" / "mine"

    def prepare() -> None:
        if path.is_dir():
            remove_folder(path)
        path.parent.mkdir(exist_ok=True)
        for left in path.parent.iterdir():
            left.unlink()  # the lock file of a process killed before it made its folder
        if before is not None:
            fill(path, before)

    seen: list[dict[str, bytes] | None] = []
    for _ in killed_at_each_step(act, path.parent, path, before=prepare):
        recover_folders(path.parent)
        seen.append(contents(path) if path.is_dir() else None)
        assert {name for name in names(path.parent) if not name.endswith(".lock")} <= {"mine"}
    assert all(state in (before, after) for state in seen)
    assert seen[0] == before and seen[-1] == after


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "model"
    fill(path, OLD)
    with new_folder(path, replace=True) as staged:
        fill(staged, NEW)
        code = "import sys; from pathlib import Path; from emotion_core.files.atomic import recover_folders as recover"
        command = [sys.executable, "-c", f"{code}; recover(Path(sys.argv[1]))", str(tmp_path)]
        subprocess.run(command, check=True)
        recover_folders(tmp_path)
        assert contents(staged) == NEW
    assert contents(path) == NEW


@pytest.mark.parametrize("finished", [False, True], ids=["the new one is there", "the new one is gone"])
def test_between_both_renames_the_new_folder_is_preferred(tmp_path: Path, finished: bool) -> None:
    staging = tmp_path / ".staged-0123abcd"
    (tmp_path / ".staged-0123abcd.lock").touch()
    fill(staging / "old" / "model", OLD)
    if not finished:
        fill(staging / "new" / "model", NEW)
    recover_folders(tmp_path)
    assert contents(tmp_path / "model") == (OLD if finished else NEW)
    assert names(tmp_path) == ["model"]


def test_a_lock_file_without_a_folder_goes_when_it_is_old(tmp_path: Path) -> None:
    old, young = tmp_path / ".staged-0123abcd.lock", tmp_path / ".staged-4567cdef.lock"
    for file in (old, young):
        file.touch()
    os.utime(old, (0, 0))
    recover_folders(tmp_path)
    assert names(tmp_path) == [young.name]


def test_a_folder_that_is_not_there_has_nothing_to_recover(tmp_path: Path) -> None:
    recover_folders(tmp_path / "missing")
