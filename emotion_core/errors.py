"""Everything that this package raises on purpose.

    EmotionError
    ├── MediaError            a picture or video cannot be used
    │   └── MediaLimitError   it is larger than the settings allow
    ├── LabelError            labels are unknown, missing or doubled
    ├── DetectorError         a detector cannot be made
    ├── ModelError            a model folder, card or file cannot be used
    │   ├── ModelNotFoundError
    │   └── WeightsMissingError   weights have to be fetched or put in place first
    ├── DataError             a data set cannot be read
    ├── RunError              a fit cannot be started, stopped, gone on with, or published
    ├── MissingPackageError   a package is not installed, or has no build for this Python
    └── SettingsError         a setting has no valid value

The text of each is written for the person who will read it on a page or in a terminal: it says what is
wrong and what to do, in one or two sentences, without a path of the server's that a visitor did not give.
"""


class EmotionError(Exception):
    """Base of all errors that a page or the command line shows as a message."""


class MediaError(EmotionError):
    """A picture or a video is empty, damaged, of an unknown format, or cannot be opened."""


class MediaLimitError(MediaError):
    """A picture or a video exceeds the limits on bytes, pixels or duration."""


class LabelError(EmotionError):
    """Expression labels do not match the seven of `emotion_core.Emotion`."""


class DetectorError(EmotionError):
    """A face detector is unknown, or what it needs is not installed."""


class ModelError(EmotionError):
    """A model folder, its card, or one of its files cannot be used."""


class ModelNotFoundError(ModelError):
    """No installed model has this name."""


class WeightsMissingError(ModelError):
    """Weights that a model needs are not on this machine and could not be fetched."""


class DataError(EmotionError):
    """A data set is missing, empty, or not in a known layout."""


class RunError(EmotionError):
    """A fit cannot be started, stopped, gone on with, or published."""


class MissingPackageError(EmotionError):
    """A package that this function needs is not installed, or has no build for the Python that runs."""


class SettingsError(EmotionError):
    """A setting's value is not valid."""
