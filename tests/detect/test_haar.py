import cv2
import numpy as np
import pytest
from skimage import data

from emotion_core.detect import (
    DETECTORS,
    FollowingDetector,
    FollowingHaarDetector,
    HaarDetector,
    HaarOptions,
    VerifiedDetector,
    default_detector,
    make_detector,
    whole_picture,
)
from emotion_core.detect.cascade import Cascade
from emotion_core.detect.haar import EMPTY_EVERY_S, FULL_EVERY_S
from emotion_core.detect.yunet import yunet_path
from emotion_core.errors import DetectorError
from emotion_core.track.tracker import iou
from scripts.make_sample_clip import view

ASTRONAUT_BOX = np.array([[174, 64, 274, 164]], np.float32)  # by eye: brows to chin


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR)


def tilted(frame_bgr: np.ndarray, degrees: float) -> np.ndarray:
    """The picture turned about the face."""
    turn = cv2.getRotationMatrix2D((224, 114), degrees, 1.0)
    return cv2.warpAffine(frame_bgr, turn, frame_bgr.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def found(detector, frame_bgr: np.ndarray) -> bool:
    boxes = detector.detect(frame_bgr).boxes_xyxy
    return len(boxes) > 0 and bool(iou(boxes, ASTRONAUT_BOX).max() > 0.5)


def test_the_one_face_is_found_where_it_is(astronaut):
    detections = HaarDetector().detect(astronaut)
    assert len(detections) == 1
    assert iou(detections.boxes_xyxy, ASTRONAUT_BOX)[0, 0] > 0.8
    assert detections.scores[0] > HaarDetector.strong_score
    assert detections.boxes_xyxy.dtype == detections.scores.dtype == np.float32


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.5], ids=["256px", "512px", "1280px"])
def test_boxes_are_in_pixels_of_the_frame_at_any_size(astronaut, scale):
    frame = cv2.resize(astronaut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    detections = HaarDetector().detect(frame)
    assert iou(detections.boxes_xyxy, ASTRONAUT_BOX * scale).max() > 0.7


def test_a_dark_frame_reads_like_a_bright_one(astronaut):
    assert found(HaarDetector(), (astronaut * 0.25).astype(np.uint8))


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket"])
def test_pictures_without_a_face_give_none(name):
    assert len(HaarDetector().detect(cv2.cvtColor(getattr(data, name)(), cv2.COLOR_RGB2BGR))) == 0


def test_min_score_drops_what_the_cascade_is_less_sure_of(astronaut):
    many = HaarDetector(HaarOptions(min_neighbors=1, min_score=-100, scale_factor=1.05)).detect(astronaut)
    few = HaarDetector(HaarOptions(min_neighbors=1, min_score=3, scale_factor=1.05)).detect(astronaut)
    assert len(many) > len(few) == 1
    assert (np.diff(many.scores) <= 0).all()


def test_smallest_face_leaves_out_smaller_ones(astronaut):
    assert len(HaarDetector(HaarOptions(smallest_face=0.5)).detect(astronaut)) == 0


@pytest.mark.parametrize("shape", [(1, 1, 3), (10, 400, 3), (23, 23, 3)], ids=str)
def test_a_frame_smaller_than_the_cascade_has_no_face(shape):
    assert len(HaarDetector().detect(np.zeros(shape, np.uint8))) == 0


@pytest.mark.parametrize(
    "options",
    [
        {"scale_factor": 1.0},
        {"scale_factor": float("nan")},
        {"min_neighbors": 0},
        {"smallest_face": 0.0},
        {"smallest_face": 1.5},
        {"detect_width": 10},
        {"min_score": float("inf")},
    ],
    ids=str,
)
def test_options_out_of_range_are_named(options):
    with pytest.raises(DetectorError, match=next(iter(options))):
        HaarOptions(**options)


def test_a_missing_cascade_is_an_error_and_not_an_empty_detector(tmp_path):
    with pytest.raises(DetectorError, match="cannot be loaded"):
        Cascade(tmp_path / "none.xml")


def test_still_images_leave_no_trace(astronaut):
    detector = HaarDetector()
    assert found(detector, astronaut)
    assert not found(detector, tilted(astronaut, 25))


@pytest.mark.parametrize("degrees", [-30, -20, 20, 30])
def test_a_face_that_tilts_is_followed(astronaut, degrees):
    detector = FollowingHaarDetector()
    seen = [found(detector, tilted(astronaut, degrees * i / 10)) for i in range(11)]
    assert all(seen)


def test_following_starts_only_from_a_face_and_ends_with_it(astronaut):
    detector = FollowingHaarDetector()
    assert not found(detector, tilted(astronaut, 30)), "nothing was there before"
    assert found(detector, astronaut)
    assert len(detector.detect(np.full_like(astronaut, 90))) == 0, "a face that left must not stay"
    assert not found(detector, tilted(astronaut, 30))


@pytest.mark.parametrize("forget", ["reset", "other size"])
def test_following_forgets(astronaut, forget):
    detector = FollowingHaarDetector()
    assert found(detector, astronaut)
    if forget == "reset":
        detector.reset()
    else:
        detector.detect(np.zeros((100, 400, 3), np.uint8))
    assert not found(detector, tilted(astronaut, 30))


def test_detectors_are_made_by_name(tmp_path):
    assert DETECTORS == ("haar", "haar_alone", "yunet")
    assert type(make_detector("haar", haar=HaarOptions(min_face_score=0.7))) is VerifiedDetector
    assert type(make_detector(follow=True)) is FollowingDetector
    assert type(make_detector("haar_alone", haar=HaarOptions(min_neighbors=7))) is HaarDetector
    assert type(make_detector("haar_alone", follow=True)) is FollowingHaarDetector
    with pytest.raises(DetectorError, match="Expected one of haar, haar_alone, yunet"):
        make_detector("mtcnn")
    with pytest.raises(DetectorError, match="detectors install yunet"):
        make_detector("yunet", models_dir=tmp_path)


def test_yunet_is_the_default_where_its_file_is(tmp_path):
    assert default_detector(tmp_path) == "haar"
    (tmp_path / "detectors").mkdir()
    yunet_path(tmp_path).write_bytes(b"weights")
    assert default_detector(tmp_path) == "yunet"


def test_whole_picture_is_one_face():
    detections = whole_picture(np.zeros((48, 64, 3), np.uint8))
    assert detections.boxes_xyxy.tolist() == [[0, 0, 64, 48]]
    assert len(detections.scores) == 1


RATE = 20.0  # analyses per second


def first_found(detector: FollowingHaarDetector, frame_bgr: np.ndarray, faces: int, start_s: float) -> float:
    """Seconds from ``start_s``, when a frame first shows ``faces``, until they are all found."""
    for i in range(20):
        if len(detector.detect(frame_bgr, start_s + i / RATE)) == faces:
            return i / RATE
    raise AssertionError(f"{faces} faces were not found within a second")


@pytest.mark.parametrize("since_search", range(5))
def test_a_face_that_joins_a_known_one_is_found_in_time(astronaut_bgr: np.ndarray, since_search: int) -> None:
    detector = FollowingHaarDetector()
    portrait = view(astronaut_bgr, 0.1)
    alone = np.vstack([portrait, np.full_like(portrait, 128)])
    for i in range(6 + since_search):
        assert len(detector.detect(alone, i / RATE)) == 1
    both = np.vstack([portrait, portrait])
    assert first_found(detector, both, 2, (6 + since_search) / RATE) <= FULL_EVERY_S


@pytest.mark.parametrize("since_search", range(3))
def test_a_face_in_an_empty_picture_is_found_sooner(astronaut_bgr: np.ndarray, since_search: int) -> None:
    detector = FollowingHaarDetector()
    portrait = view(astronaut_bgr, 0.1)
    for i in range(5 + since_search):
        assert len(detector.detect(np.full_like(portrait, 128), i / RATE)) == 0
    assert first_found(detector, portrait, 1, (5 + since_search) / RATE) <= EMPTY_EVERY_S


def test_between_whole_searches_only_known_places_are_searched(astronaut_bgr: np.ndarray, monkeypatch) -> None:
    detector = FollowingHaarDetector()
    portrait = view(astronaut_bgr, 0.1)
    times: list[float] = []
    whole = detector._search
    now = 0.0
    monkeypatch.setattr(detector, "_search", lambda gray: times.append(now) or whole(gray))
    for i in range(31):
        now = i / 30
        detector.detect(portrait, now)
    assert np.diff(times) == pytest.approx(FULL_EVERY_S, abs=0.01)


def test_a_clip_that_begins_again_is_searched_at_once(astronaut_bgr: np.ndarray) -> None:
    detector = FollowingHaarDetector()
    portrait = view(astronaut_bgr, 0.1)
    detector.detect(np.full_like(portrait, 128), 9.0)
    assert len(detector.detect(portrait, 0.0)) == 1
