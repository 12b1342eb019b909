"""The scripts that make the two flagships: teachers' readings, resuming, and settings that stay what they were."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest

from emotion_core.cli import train
from emotion_core.cli.main import build_parser
from emotion_core.errors import DataError
from emotion_core.train.config import FitConfig
from emotion_core.train.runs import RunConfig
from scripts.flagship.votes import Readings, load
from tests.data.sets import FER_COUNTS, face, folders, table

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "train_flagship_fer2013.sh"


def test_a_reading_is_found_by_how_the_image_looks(tmp_path: Path) -> None:
    images = np.stack([face(seed) for seed in range(20)])
    values = np.random.default_rng(0).dirichlet(np.ones(7), 20)
    Readings.of(images, values).save(tmp_path / "teachers.npz")
    readings = Readings.from_file(tmp_path / "teachers.npz")
    compressed = [cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 80])[1] for image in images[5:8]]
    again = np.stack([*(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) for data in compressed), face(99)])
    found, known = readings.find(again)
    assert known.tolist() == [True, True, True, False]
    assert found[:3] == pytest.approx(values[5:8], abs=1e-3)
    assert not found[3].any()


def test_what_is_trained_on_has_votes_no_copies_and_nothing_of_the_test_split(tmp_path: Path) -> None:
    places = ["train/happy/a.png", "train/happy/b.png", "train/sad/c.png", "test/sad/d.png"]
    root = folders(tmp_path / "fer", *places)
    (root / "train/sad/copy.png").write_bytes((root / places[0]).read_bytes())
    (root / "train/sad/leak.png").write_bytes((root / places[3]).read_bytes())
    counts = {name: ["0", "9"] for name in [*places, "train/sad/copy.png", "train/sad/leak.png"]} | {
        places[1]: ["0", "0"]
    }
    rows = [[name, *pair, *["0"] * 7, "1"] for name, pair in counts.items()]
    table(tmp_path / "ferplus_votes.csv", rows, ("path", *FER_COUNTS))
    _, kept, test = load(root, None)
    assert kept.names == ("train/happy/a.png", "train/sad/c.png")
    assert test.names == ("test/sad/d.png",)
    (tmp_path / "ferplus_votes.csv").unlink()
    with pytest.raises(DataError, match=r"the votes of FER\+"):
        load(root, None)


def test_an_interrupted_fit_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from scripts.flagship.fitting import Faces, Fit, Recipe
    from scripts.flagship.network import SeResNet, initialize

    recipe = Recipe(epochs=3, batch=4, learning_rate=0.05, average=0.9, sharpness=0.5)
    images = torch.from_numpy(np.stack([face(seed) for seed in range(12)]))
    faces = Faces(images, torch.full((12, 7), 1 / 7), torch.ones(12))

    def fit() -> Fit:
        torch.manual_seed(1)
        network = SeResNet(SeResNet.Shape((8, 8), (1, 1), 8))
        initialize(network)
        return Fit(network, faces, recipe)

    through = fit()
    for _ in through.run(np.arange(12)):
        pass
    first = fit()
    for epoch, _ in first.run(np.arange(12)):
        first.save(tmp_path / "checkpoint", epoch)
        if epoch == 2:
            break
    torch.manual_seed(99)
    second = fit()
    done = second.restore(tmp_path / "checkpoint")
    assert done == 2
    for _ in second.run(np.arange(12), done):
        pass
    assert torch.equal(second.average, through.average)
    assert fit().restore(tmp_path / "nothing") == 0


def test_the_fits_of_the_original_labels_have_the_settings_that_the_shipped_one_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {config.name: config for config in configs(monkeypatch)}
    assert list(asked) == [
        "flagship-base", "flagship-refined", "flagship-wide", "flagship-second", "flagship-fine", "flagship_fer2013",
    ]  # fmt: skip
    last = asked["flagship_fer2013"]
    assert (last.keep, last.export, last.validation) == ("best", "int8", "test")
    shipped = FitConfig(
        arch="fine_se_resnet", epochs=46, batch_size=128, optimizer="sgd", learning_rate=0.03, warmup_epochs=2,
        weight_decay=0.005, label_smoothing=0.0, augmentation="field", mixup=0.2, sharpness=1.0, weight_average=0.999,
        deduplicate=True, precision="mixed_bfloat16", start_from="flagship-fine",
        teacher="flagship-fine,flagship-wide,flagship-second", seed=41,
    )  # fmt: skip
    assert last.fit == shipped
    assert asked["flagship-base"].fit.augmentation == "strong"
    assert asked["flagship-refined"].keep == "last"


def configs(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """Return what the script asks `train` for, in order."""
    text = SCRIPT.read_text().replace("\\\n", " ")
    variables = dict(re.findall(r'^(\w+)="(--[^"]*|\$[^"]*)"$', text, re.MULTILINE))
    made: list[RunConfig] = []
    monkeypatch.setattr(train, "start_run", lambda runs_dir, config, models_dir: made.append(config) or config)
    for name, rest in re.findall(r"^fit (\S+) (.*)$", text, re.MULTILINE):
        while "$" in rest:
            rest = re.sub(r"\$(\w+)", lambda found: variables[found[1]], rest)
        words = ["train", "--data", "/data", "--name", name, "--keep", "last", *shlex.split(rest), "--detach"]
        options = build_parser().parse_args(words)
        assert options.run(options) == 0
    return made
