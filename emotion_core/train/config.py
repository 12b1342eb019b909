"""The settings of a training run that have nothing to do with its data, and presets of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emotion_core.emotions import LABELS, VOTES
from emotion_core.errors import SettingsError
from emotion_core.train.augment import AUGMENTATIONS

OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("cosine", "plateau", "constant")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
PLATEAU_GAIN = 1e-4  # how much lower a validation loss must be to count as lower; as in Keras' ReduceLROnPlateau


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise SettingsError unless ``value`` is one of ``allowed``."""
    if value not in allowed:
        raise SettingsError(
            "Expected {name} to be one of {allowed}. Received: {value!r}",
            name=name,
            allowed=", ".join(allowed),
            value=value,
        )


@dataclass(frozen=True)
class FitConfig:
    """How a network is trained: architecture, optimizer, schedule, regularization.

    Raises:
        SettingsError: a value is out of its range.

    >>> config = FitConfig(arch="mini_xception", epochs=4, learning_rate=0.1, warmup_epochs=1)
    >>> [round(config.learning_rate_at(epoch), 3) for epoch in range(config.epochs)]
    [0.05, 0.093, 0.05, 0.007]
    >>> FitConfig(epochs=0)
    Traceback (most recent call last):
    emotion_core.errors.SettingsError: Expected epochs of at least 1. Received: 0
    """

    arch: str = "article_cnn"
    epochs: int = 8
    batch_size: int = 64
    optimizer: str = "adam"  # adam, adamw, or sgd with a Nesterov momentum of 0.9
    learning_rate: float = 1e-3  # the highest of the schedule
    warmup_epochs: int = 0  # epochs in which the rate rises linearly
    schedule: str = "cosine"  # cosine: down to zero; plateau: lower at each plateau; constant
    hold_epochs: int = 0  # epochs at the highest rate after the warm-up, before the schedule begins
    plateau_epochs: int = 5  # epochs without a lower validation loss before the rate drops
    plateau_factor: float = 0.5  # what the rate is multiplied by when it drops
    weight_decay: float = 0.0  # decoupled, multiplied by the learning rate; not on biases and batch normalization
    learn_from: str = LABELS  # labels, or votes: the shares of people who named each expression
    label_smoothing: float = 0.05  # of labels; votes are soft as they are
    augmentation: str = "mild"
    mixup: float = 0.0  # alpha of the Beta distribution; 0 for none
    sharpness: float = 0.0  # radius of adaptive sharpness-aware minimization; 0 for none
    weight_average: float = 0.0  # momentum of the exponential moving average of the weights; 0 for none
    deduplicate: bool = False  # keep one copy of equal images, and none of those under two labels (but see votes)
    class_weights: bool = False  # weigh each class by the inverse square root of its share of the images
    precision: str = "float32"
    start_from: str = ""  # name of an installed model of the same architecture, or of a smaller one to grow from
    teacher: str = ""  # names of installed models, separated by commas, whose mean reading softens labels or votes
    teacher_share: float = 0.5  # weight of that reading; the label itself, or the votes, have the rest
    seed: int = 2013

    def __post_init__(self) -> None:
        one_of("optimizer", self.optimizer, OPTIMIZERS)
        one_of("augmentation", self.augmentation, tuple(AUGMENTATIONS))
        one_of("precision", self.precision, PRECISIONS)
        one_of("schedule", self.schedule, SCHEDULES)
        one_of("learn_from", self.learn_from, (LABELS, VOTES))
        for name in ("epochs", "batch_size", "plateau_epochs"):
            if getattr(self, name) < 1:
                raise SettingsError(
                    "Expected {name} of at least 1. Received: {value}", name=name, value=getattr(self, name)
                )
        if not 0 < self.learning_rate < 10:
            raise SettingsError(
                "Expected learning_rate above 0 and below 10. Received: {learning_rate}",
                learning_rate=self.learning_rate,
            )
        if not 0 <= self.sharpness <= 10:
            raise SettingsError("Expected sharpness from 0 to 10. Received: {sharpness}", sharpness=self.sharpness)
        # Gradients in float16 overflow now and then, and the sharpness-aware step does not scale its loss.
        if self.sharpness and self.precision == "mixed_float16":
            raise SettingsError("Expected float32 or mixed_bfloat16 with sharpness. Received: 'mixed_float16'")
        for name in ("label_smoothing", "weight_average", "teacher_share", "plateau_factor"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(
                    "Expected {name} of at least 0 and below 1. Received: {value}", name=name, value=getattr(self, name)
                )

    @property
    def teachers(self) -> list[str]:
        """Names of the installed models that soften the labels."""
        return [name.strip() for name in self.teacher.split(",") if name.strip()]

    def learning_rate_at(self, epoch: int, losses: Sequence[float] = ()) -> float:
        """Return the learning rate of an epoch, counted from 0.

        Args:
            losses: the validation loss of each earlier epoch, which plateaus are found in. A run's history holds them,
                so a resumed run continues at the rate at which it stopped.
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


# The student of scripts/flagship, but for its targets: there, a teacher's reading stands behind the votes.
_FLAGSHIP = FitConfig(
    arch="fine_se_resnet",
    epochs=230,
    batch_size=256,
    optimizer="sgd",
    learning_rate=0.12,
    warmup_epochs=2,
    weight_decay=5e-3,
    learn_from=VOTES,
    label_smoothing=0.1,
    augmentation="field",
    sharpness=0.5,
    weight_average=0.9985,
    deduplicate=True,
    precision="mixed_bfloat16",
)
PRESETS = {
    "quick": FitConfig(),
    "flagship": _FLAGSHIP,
    # Goes on from the installed flagship, for new data.
    "refine": replace(
        _FLAGSHIP,
        epochs=12,
        batch_size=128,
        learning_rate=0.015,
        warmup_epochs=1,
        sharpness=0.0,
        weight_average=0.998,
        start_from="flagship",
    ),
    # As in the article, which leaves Adam's learning rate at its default.
    "article": FitConfig(
        arch="article_cnn",
        epochs=50,
        batch_size=32,
        schedule="constant",
        label_smoothing=0.0,
        augmentation="article",
    ),
    # As in the paper, which does not give its batch size.
    "deep_emotion": FitConfig(
        arch="deep_emotion",
        epochs=500,
        batch_size=128,
        learning_rate=5e-3,
        schedule="constant",
        label_smoothing=0.0,
    ),
    # As in the authors' code, except for the number of epochs: they stop after 50 without a lower loss.
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


def _plateaus(losses: Sequence[float], epochs: int) -> int:
    """Count how often ``epochs`` losses in a row were no lower than the lowest before them."""
    count, waited, lowest = 0, 0, math.inf
    for loss in losses:
        if loss < lowest - PLATEAU_GAIN:
            lowest, waited = loss, 0
            continue
        waited += 1
        if waited == epochs:
            count, waited = count + 1, 0
    return count
