"""What a fit depends on besides the data, and presets of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emotion_core.errors import SettingsError
from emotion_core.train.augment import AUGMENTATIONS

OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("cosine", "plateau", "constant")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
PLATEAU_GAIN = 1e-4  # a validation loss lower by less than this is no lower: Keras' own ReduceLROnPlateau


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise SettingsError(f"Expected {name} to be one of {', '.join(allowed)}. Received: {value!r}")


@dataclass(frozen=True)
class FitConfig:
    """The choices of one fit.

    Raises:
        SettingsError: a value is out of its range.
    """

    arch: str = "article_cnn"
    epochs: int = 8
    batch_size: int = 64
    optimizer: str = "adam"  # sgd is with Nesterov momentum of 0.9
    learning_rate: float = 1e-3  # the highest
    warmup_epochs: int = 0  # rising linearly
    schedule: str = "cosine"  # after the warm-up: to zero along a cosine, lower at each plateau, or constant
    hold_epochs: int = 0  # at the highest rate, before the schedule begins
    plateau_epochs: int = 5  # so many without a lower validation loss are a plateau
    plateau_factor: float = 0.5  # what the rate is multiplied by at each
    weight_decay: float = 0.0  # decoupled, times the learning rate; not on biases and normalisation
    label_smoothing: float = 0.05
    augmentation: str = "mild"
    mixup: float = 0.0  # alpha of the Beta distribution
    sharpness: float = 0.0  # radius of adaptive sharpness-aware minimisation; 0 for none
    weight_average: float = 0.0  # momentum of the exponential average of the weights; 0 for none
    deduplicate: bool = False  # one copy of equal images, none of those under two labels
    class_weights: bool = False  # rare classes count more, by the square root of how rare they are
    precision: str = "float32"
    start_from: str = ""  # an installed model of the same architecture, whose weights the fit begins with
    teacher: str = ""  # installed models, with commas between, whose mean reading softens the labels
    teacher_share: float = 0.5  # its part in them
    seed: int = 2013

    def __post_init__(self) -> None:
        _one_of("optimizer", self.optimizer, OPTIMIZERS)
        _one_of("augmentation", self.augmentation, tuple(AUGMENTATIONS))
        _one_of("precision", self.precision, PRECISIONS)
        _one_of("schedule", self.schedule, SCHEDULES)
        for name in ("epochs", "batch_size", "plateau_epochs"):
            if getattr(self, name) < 1:
                raise SettingsError(f"Expected {name} of at least 1. Received: {getattr(self, name)}")
        if not 0 < self.learning_rate < 10:
            raise SettingsError(f"Expected learning_rate above 0 and below 10. Received: {self.learning_rate}")
        if not 0 <= self.sharpness <= 10:
            raise SettingsError(f"Expected sharpness from 0 to 10. Received: {self.sharpness}")
        if self.sharpness and self.precision == "mixed_float16":  # whose gradients overflow now and then
            raise SettingsError("Expected float32 or mixed_bfloat16 with sharpness. Received: 'mixed_float16'")
        for name in ("label_smoothing", "weight_average", "teacher_share", "plateau_factor"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(f"Expected {name} of at least 0 and below 1. Received: {getattr(self, name)}")

    @property
    def teachers(self) -> list[str]:
        """The names of the installed models that soften the labels."""
        return [name.strip() for name in self.teacher.split(",") if name.strip()]

    def learning_rate_at(self, epoch: int, losses: Sequence[float] = ()) -> float:
        """The learning rate of an epoch, counted from 0.

        Args:
            losses: the validation loss of each epoch before it, which a plateau is told from. A fit that goes on has
                them in its history, so it goes on at the same rate.
        """
        if epoch < self.warmup_epochs:
            return self.learning_rate * (epoch + 1) / (self.warmup_epochs + 1)
        start = self.warmup_epochs + self.hold_epochs
        if epoch < start or self.schedule == "constant":
            return self.learning_rate
        if self.schedule == "plateau":
            return self.learning_rate * self.plateau_factor ** _plateaus(losses[start:], self.plateau_epochs)
        done = (epoch - start + 0.5) / max(1, self.epochs - start)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _plateaus(losses: Sequence[float], epochs: int) -> int:
    """How many times in ``losses`` none of ``epochs`` in a row was lower than the lowest before."""
    count, waited, lowest = 0, 0, math.inf
    for loss in losses:
        if loss < lowest - PLATEAU_GAIN:
            lowest, waited = loss, 0
            continue
        waited += 1
        if waited == epochs:
            count, waited = count + 1, 0
    return count


_FROM_SCRATCH = FitConfig(
    arch="compact_se_resnet",
    epochs=84,
    batch_size=128,
    optimizer="sgd",
    learning_rate=0.05,
    warmup_epochs=3,
    weight_decay=5e-3,
    label_smoothing=0.1,
    augmentation="strong",
    mixup=0.2,
    weight_average=0.999,
    deduplicate=True,
    precision="mixed_bfloat16",
)
PRESETS = {
    "quick": FitConfig(),
    "flagship": _FROM_SCRATCH,
    # Goes on from the installed flagship, whose own readings soften labels that people disagree about.
    "refine": replace(
        _FROM_SCRATCH,
        arch="fine_se_resnet",
        epochs=46,
        learning_rate=0.03,
        warmup_epochs=2,
        label_smoothing=0.0,
        augmentation="field",
        sharpness=1.0,
        start_from="flagship",
        teacher="flagship",
    ),
    # As the article trains: its learning rate is Adam's default.
    "article": FitConfig(
        arch="article_cnn",
        epochs=50,
        batch_size=32,
        schedule="constant",
        label_smoothing=0.0,
        augmentation="article",
    ),
    # As the paper trains; its batch size is not given.
    "deep_emotion": FitConfig(
        arch="deep_emotion",
        epochs=500,
        batch_size=128,
        learning_rate=5e-3,
        schedule="constant",
        label_smoothing=0.0,
    ),
    # As the authors train, but for the number of epochs: they end after 50 without a lower loss.
    "mini_xception": FitConfig(
        arch="mini_xception",
        epochs=100,
        batch_size=32,
        schedule="plateau",
        plateau_epochs=12,
        plateau_factor=0.1,
        label_smoothing=0.0,
    ),
}
