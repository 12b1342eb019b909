"""Every error that this package raises on purpose.

    EmotionError
    ├── MediaError            a picture or a video cannot be used
    │   └── MediaLimitError   it is larger than the settings allow
    ├── LabelError            labels are unknown, missing or given twice
    ├── DetectorError         a detector cannot be created
    ├── ModelError            a model folder, card or file cannot be used
    │   ├── ModelNotFoundError
    │   └── WeightsMissingError   weights have to be downloaded or put in place first
    ├── DataError             a data set cannot be read
    ├── RunError              a training run cannot be started, stopped, resumed or published
    ├── MissingPackageError   a package is not installed, or has no build for this version of Python
    └── SettingsError         the value of a setting is not valid

An error carries a `Message`: a text and the values in it. The text is the code of the error, the key of its
translations; the values are its parameters. ``str()`` puts it into words, in the language of whoever reads it.

The message of each is written for the person who reads it on a page or in a terminal: it says what is wrong and what to
do about it, in one or two sentences, and names no path on the server that the visitor did not give.
"""

from __future__ import annotations

from emotion_core.language import Message


class EmotionError(Exception):
    """Base of all errors whose message a page or the command line shows.

    Args:
        message: the English wording, with fields for ``values`` as `str.format` knows them; or a message that exists.
        values: what stands in the fields.

    >>> error = EmotionError("There is no model {name!r}.", name="a")
    >>> str(error), error.message.text, error.message.values
    ("There is no model 'a'.", 'There is no model {name!r}.', {'name': 'a'})
    """

    def __init__(self, message: str | Message = "", /, **values: object) -> None:
        self.message = message if isinstance(message, Message) else Message(message, **values)
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


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
    """Weights that a model needs are not on this machine and could not be downloaded."""


class DataError(EmotionError):
    """A data set is missing, empty, or not in a known layout."""


class RunError(EmotionError):
    """A training run cannot be started, stopped, resumed or published."""


class MissingPackageError(EmotionError):
    """A package that is needed here is not installed, or has no build for this version of Python."""


class SettingsError(EmotionError):
    """The value of a setting is not valid."""
