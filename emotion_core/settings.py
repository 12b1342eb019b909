"""Settings, each of which can be set by an environment variable ``EMOTION_<NAME>``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from emotion_core.errors import SettingsError


@dataclass(frozen=True)
class Settings:
    """What a deployment may want to change.

    Only the entry points (pages, command line, worker processes) read the environment, once; everything below takes its
    settings as arguments.

    Raises:
        SettingsError: a number is below 1.

    >>> settings = Settings.from_environment({"EMOTION_MODELS_DIR": "/srv/models", "EMOTION_MODEL_THREADS": "2"})
    >>> settings.models_dir.name, settings.model_threads, settings.default_model
    ('models', 2, 'flagship')
    """

    models_dir: Path = Path(__file__).resolve().parent.parent / "models"  # EMOTION_MODELS_DIR
    runs_dir: Path = Path(__file__).resolve().parent.parent / "runs"  # EMOTION_RUNS_DIR, one folder for each run
    data_dir: Path = Path(__file__).resolve().parent.parent / "data"  # EMOTION_DATA_DIR, uploads and the demo set
    default_model: str = "flagship"  # EMOTION_DEFAULT_MODEL
    max_image_bytes: int = 25_000_000  # EMOTION_MAX_IMAGE_BYTES
    max_image_pixels: int = 50_000_000  # EMOTION_MAX_IMAGE_PIXELS, width × height
    max_video_bytes: int = 500_000_000  # EMOTION_MAX_VIDEO_BYTES
    max_live_sessions: int = 8  # EMOTION_MAX_LIVE_SESSIONS, visitors at the same time
    parallel_analyses: int = max(1, (os.cpu_count() or 2) - 1)  # EMOTION_PARALLEL_ANALYSES, for all live visitors
    max_video_jobs: int = 2  # EMOTION_MAX_VIDEO_JOBS, video files that are analyzed at the same time
    model_threads: int = 1  # EMOTION_MODEL_THREADS, of one ONNX Runtime session

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and value < 1:
                raise SettingsError(
                    "Expected EMOTION_{upper} of at least 1. Received: {value}", upper=field.name.upper(), value=value
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Return the defaults, changed by the ``EMOTION_*`` variables that are set.

        Raises:
            SettingsError: a variable has no valid value.
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            name = f"EMOTION_{field.name.upper()}"
            text = environment.get(name)
            if not text:
                continue
            if field.type == "int":
                try:
                    values[field.name] = int(text)
                except ValueError:
                    raise SettingsError(
                        "Expected a whole number in {name}. Received: {text!r}", name=name, text=text
                    ) from None
            else:
                values[field.name] = Path(text) if field.type == "Path" else text
        return cls(**values)  # type: ignore[arg-type]
