"""The article's training script as written, on a small part of such data: its model.h5 installs and reads faces."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emotion_core.analyze.frame import EmotionAnalyzer
from emotion_core.cli.main import main
from emotion_core.data.demo import make_demo_set
from emotion_core.detect import make_detector
from emotion_core.models.registry import ModelRegistry

# ImageDataGenerator stands in Keras' legacy part by now; all else is as the article has it, but for two epochs.
SCRIPT = """
from keras.src.legacy.preprocessing.image import ImageDataGenerator
from keras.models import Sequential
from keras.layers import Dense, Dropout, Flatten
from keras.layers import Conv2D, MaxPooling2D
import os

train_data_dir='data/train/'
validation_data_dir='data/test/'

train_datagen = ImageDataGenerator(
\t\t\t\t\trescale=1./255,
\t\t\t\t\trotation_range=30,
\t\t\t\t\tshear_range=0.3,
\t\t\t\t\tzoom_range=0.3,
\t\t\t\t\thorizontal_flip=True,
\t\t\t\t\tfill_mode='nearest')
validation_datagen = ImageDataGenerator(rescale=1./255)

train_generator = train_datagen.flow_from_directory(
\t\t\t\t\ttrain_data_dir,
\t\t\t\t\tcolor_mode='grayscale',
\t\t\t\t\ttarget_size=(48, 48),
\t\t\t\t\tbatch_size=32,
\t\t\t\t\tclass_mode='categorical',
\t\t\t\t\tshuffle=True)
validation_generator = validation_datagen.flow_from_directory(
\t\t\t\t\t\t\tvalidation_data_dir,
\t\t\t\t\t\t\tcolor_mode='grayscale',
\t\t\t\t\t\t\ttarget_size=(48, 48),
\t\t\t\t\t\t\tbatch_size=32,
\t\t\t\t\t\t\tclass_mode='categorical',
\t\t\t\t\t\t\tshuffle=True)

model = Sequential()
model.add(Conv2D(32, kernel_size=(3, 3), activation='relu', input_shape=(48,48,1)))
model.add(Conv2D(64, kernel_size=(3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.1))
model.add(Conv2D(128, kernel_size=(3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.1))
model.add(Conv2D(256, kernel_size=(3, 3), activation='relu'))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Dropout(0.1))
model.add(Flatten())
model.add(Dense(512, activation='relu'))
model.add(Dropout(0.2))
model.add(Dense(7, activation='softmax'))

model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])

num_train_imgs = sum(len(files) for _, _, files in os.walk('data/train'))
num_test_imgs = sum(len(files) for _, _, files in os.walk('data/test'))
model.fit(train_generator,
          steps_per_epoch=num_train_imgs//32,
          epochs=2,
          validation_data=validation_generator,
          validation_steps=num_test_imgs//32)
model.save('model.h5')
"""


@pytest.mark.slow
def test_the_article_s_model_installs_and_names_a_face(
    tmp_path: Path, models_dir: Path, astronaut_bgr: np.ndarray
) -> None:
    make_demo_set(tmp_path / "data", per_class=12)
    environment = os.environ | {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert main(["models", "install", str(tmp_path / "model.h5"), "--name", "article"]) == 0
    classifier = ModelRegistry(models_dir).load("article")
    faces = EmotionAnalyzer(make_detector(), classifier).analyze(astronaut_bgr).faces
    assert len(faces) == 1
    assert faces.probabilities.sum() == pytest.approx(1, abs=1e-4)
