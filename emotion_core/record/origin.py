"""What an export was made with: it stands in every exported file and in its name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from emotion_core.language import gettext as _
from emotion_core.results import FrameResult


@dataclass(frozen=True)
class Origin:
    """The models and detectors that made some results, and the day.

    models, detectors: names, each once, in the order in which they were used.

    >>> origin = Origin(("flagship",), ("haar",), dt.date(2026, 5, 4))
    >>> origin.file_name("party", ".csv"), str(origin)
    ('party_flagship_haar_2026-05-04.csv', 'model flagship, face detector haar, 2026-05-04')
    """

    models: tuple[str, ...]
    detectors: tuple[str, ...]
    date: dt.date

    @classmethod
    def of(cls, results: Iterable[FrameResult]) -> Origin:
        """Return the origin of results of today."""
        used = list(results)
        return cls(
            tuple(dict.fromkeys(result.model for result in used if result.model)),
            tuple(dict.fromkeys(result.detector for result in used if result.detector)),
            today(),
        )

    @classmethod
    def made_by(cls, model: str, detector: str) -> Origin:
        """Return the origin of results that this model makes today; ``detector`` is empty if none finds the faces."""
        return cls((model,), (detector,) if detector else (), today())

    def file_name(self, stem: str, suffix: str) -> str:
        """Return a file name that begins with ``stem`` and ends in ``suffix``."""
        parts = (stem, "+".join(self.models), "+".join(self.detectors), self.date.isoformat())
        return "_".join(part for part in parts if part) + suffix

    def __str__(self) -> str:
        parts = (
            _("model {models}", models=", ".join(self.models)) if self.models else "",
            _("face detector {detectors}", detectors=", ".join(self.detectors)) if self.detectors else "",
            self.date.isoformat(),
        )
        return ", ".join(part for part in parts if part)


def today() -> dt.date:
    """Return the day where this process runs."""
    return dt.datetime.now().astimezone().date()
