"""What changes a whole process: flipped on every page alike, and undone where it can be."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from emotion_core.processes.switches import deepface_on_onnx, recorded_calls, without_log_lines

ROOT = Path(__file__).resolve().parents[2]
# A process of its own: in this one, another test may have opened a page already.
OPEN_PAGE = """
import json, sys
import cv2
from streamlit.testing.v1 import AppTest

page = AppTest.from_file("app.py", default_timeout=60)
page.switch_page(sys.argv[1])  # the first page of this process: Live was never opened
cv2.setNumThreads(2)
page.run()
print(json.dumps([cv2.getNumThreads(), [str(error.value) for error in page.exception]]))
"""


@pytest.mark.parametrize("page", ["pages/analyze/image.py", "pages/analyze/video.py", "pages/entry/about.py"])
def test_opencv_has_one_thread_on_every_page(page: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN_PAGE, page], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [1, []]


@pytest.mark.parametrize("before", [None, "0"])
def test_what_deepface_changes_is_as_before(before: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPFACE_BACKEND_ENGINE", "tensorflow")
    monkeypatch.delenv("TF_USE_LEGACY_KERAS", raising=False)
    if before is not None:
        monkeypatch.setenv("TF_USE_LEGACY_KERAS", before)
    filters = list(warnings.filters)
    with deepface_on_onnx():
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        warnings.simplefilter("ignore")
        assert os.environ["DEEPFACE_BACKEND_ENGINE"] == "onnx"
    assert os.environ.get("TF_USE_LEGACY_KERAS") == before
    assert list(warnings.filters) == filters


def test_only_lines_with_the_words_are_dropped_and_only_in_the_block(caplog: pytest.LogCaptureFixture) -> None:
    with without_log_lines("pre-processing"):
        logging.getLogger().warning("Please consider to run pre-processing")
        logging.getLogger().warning("something else")
    logging.getLogger().warning("pre-processing again")
    assert caplog.messages == ["something else", "pre-processing again"]


def test_calls_are_recorded_and_the_method_comes_back_after_an_error() -> None:
    layer = SimpleNamespace(call=lambda value, scale=1: value * scale)
    original = layer.call
    with pytest.raises(KeyError), recorded_calls(layer) as results:
        assert layer.call(2, scale=3) == 6
        assert results == [6]
        raise KeyError
    assert layer.call is original
