"""Make assets/expressions.json: what the default model reads in assets/expressions.mp4.

    python scripts/make_sample_readings.py

To be run when the default model, the face verifier or the clip has changed; a test says so.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from emotion_core.models.registry import ModelRegistry
from emotion_core.settings import Settings
from pages.live.sample import SHIPPED, made_of, make_readings


def main() -> None:
    """Write the file."""
    settings = Settings()
    models = ModelRegistry(settings.models_dir)
    name = settings.default_model
    SHIPPED.write_text(make_readings(models, name, made_of(models, name)), encoding="utf-8")
    sys.stdout.write(f"{SHIPPED} ({SHIPPED.stat().st_size / 1000:.0f} KB)\n")


if __name__ == "__main__":
    main()
