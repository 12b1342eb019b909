import cv2
import numpy as np
import pytest

from emotion_core.analyze.frame import LEVEL_FROM, EmotionAnalyzer, crop_faces
from emotion_core.detect import Detections, whole_picture
from emotion_core.emotions import Emotion
from emotion_core.results import UNTRACKED
from emotion_core.track.tracker import Tracker, TrackerOptions


class FixedDetector:
    name = "fixed"

    def __init__(self, *boxes):
        self.boxes = np.array(boxes, np.float32).reshape(-1, 4)
        self.resets = 0

    def detect(self, frame_bgr, time_s=0.0):
        return Detections(self.boxes, np.linspace(9, 5, len(self.boxes), dtype=np.float32))

    def reset(self):
        self.resets += 1


class BrightnessClassifier:
    """White crops read as happy, black ones as sad, gray ones as neither."""

    name = "brightness"
    crop_margin = 0.0
    uncertain_below = 0.6
    learned_from = "labels"

    def __init__(self):
        self.calls = []

    def predict(self, crops_bgr):
        self.calls.append([crop.shape for crop in crops_bgr])
        rows = np.zeros((len(crops_bgr), 7), np.float32)
        rows[:, Emotion.HAPPY.column] = [crop.mean() / 255 for crop in crops_bgr]
        rows[:, Emotion.SAD.column] = 1 - rows[:, Emotion.HAPPY.column]
        return rows


class MiddleRowClassifier(BrightnessClassifier):
    """Crops whose middle row is white read as happy."""

    def predict(self, crops_bgr):
        return super().predict([crop[len(crop) // 2 : len(crop) // 2 + 1] for crop in crops_bgr])


def picture() -> np.ndarray:
    frame = np.full((120, 200, 3), 128, np.uint8)
    frame[10:50, 10:50] = 255
    frame[60:110, 100:150] = 0
    return frame


FACES = ((10, 10, 50, 50), (100, 60, 150, 110))


@pytest.mark.parametrize("tilt", [-40.0, -12.0, 12.0, 40.0], ids=str)
def test_a_tilted_face_is_leveled(tilt: float) -> None:
    y, x = np.mgrid[:240, :320]
    upright = np.repeat((128 + 50 * np.sin(x / 9) + 50 * np.sin(y / 5 + 1)).astype(np.uint8)[..., None], 3, axis=2)
    turn = cv2.getRotationMatrix2D((159.5, 119.5), -tilt, 1.0)
    frame = cv2.warpAffine(upright, turn, (320, 240), borderMode=cv2.BORDER_REPLICATE)
    box = np.array([[120, 80, 200, 160]], np.float32)
    (crop,) = crop_faces(frame, box, 0.0, np.array([tilt]))
    assert crop.shape == (80, 80, 3)
    assert np.abs(crop.astype(int) - upright[80:160, 120:200]).mean() < 4
    (as_it_is,) = crop_faces(frame, box, 0.0)
    assert np.abs(as_it_is.astype(int) - upright[80:160, 120:200]).mean() > 15


def test_a_face_that_hardly_tilts_is_cut_as_it_is() -> None:
    box = np.array([[10, 10, 50, 50]], np.float32)
    (crop,) = crop_faces(picture(), box, 0.0, np.array([LEVEL_FROM]))
    assert np.array_equal(crop, picture()[10:50, 10:50])


def test_the_analyzer_levels_by_the_detectors_tilts() -> None:
    class TiltedDetector(FixedDetector):
        def detect(self, frame_bgr, time_s=0.0):
            return Detections(self.boxes, np.array([9, 5], np.float32), np.array([0, 45], np.float32))

    frame = picture()
    frame[60:110, 100:150] = 128
    cv2.ellipse(frame, (125, 85), (30, 8), 45, 0, 360, (255, 255, 255), -1)  # a bar that is tilted clockwise
    shares = EmotionAnalyzer(TiltedDetector(*FACES), MiddleRowClassifier()).analyze(frame).faces.probabilities
    assert shares[1, Emotion.HAPPY.column] > 0.95
    largest = EmotionAnalyzer(TiltedDetector(*FACES), MiddleRowClassifier(), largest_only=True).analyze(frame)
    assert largest.faces.probabilities[0, Emotion.HAPPY.column] > 0.95


def test_all_faces_of_a_frame_go_through_one_call():
    classifier = BrightnessClassifier()
    result = EmotionAnalyzer(FixedDetector(*FACES), classifier).analyze(picture(), time_s=3.5)
    assert classifier.calls == [[(40, 40, 3), (50, 50, 3)]]
    assert result.faces.labels == (Emotion.HAPPY, Emotion.SAD)
    assert result.faces.track_ids.tolist() == [UNTRACKED, UNTRACKED]
    assert (result.size_wh, result.time_s, result.model, result.detector) == ((200, 120), 3.5, "brightness", "fixed")
    assert result.latency_ms > 0


def test_a_frame_without_a_face_makes_no_call():
    classifier = BrightnessClassifier()
    assert len(EmotionAnalyzer(FixedDetector(), classifier).analyze(picture()).faces) == 0
    assert classifier.calls == []


def test_largest_only_reads_one_face():
    classifier = BrightnessClassifier()
    result = EmotionAnalyzer(FixedDetector(*FACES), classifier, largest_only=True).analyze(picture())
    assert result.faces.boxes_xyxy.tolist() == [[100, 60, 150, 110]]
    assert classifier.calls == [[(50, 50, 3)]]


def test_a_face_below_the_limit_is_uncertain():
    result = EmotionAnalyzer(FixedDetector((160, 0, 190, 30)), BrightnessClassifier()).analyze(picture())
    assert result.faces.labels == (None,)


def test_with_a_tracker_faces_have_ids():
    analyzer = EmotionAnalyzer(FixedDetector(*FACES), BrightnessClassifier(), Tracker(TrackerOptions(min_hits=1)))
    assert analyzer.analyze(picture(), 0.0).faces.track_ids.tolist() == [1, 2]
    assert analyzer.analyze(picture(), 0.1).faces.track_ids.tolist() == [1, 2]
    analyzer.reset()
    assert analyzer.detector.resets == 1
    assert analyzer.analyze(picture(), 0.2).faces.track_ids.tolist() == [3, 4]


def test_known_boxes_are_read_without_detector_and_tracker():
    analyzer = EmotionAnalyzer(FixedDetector(*FACES), BrightnessClassifier(), Tracker())
    result = analyzer.classify_boxes(np.full((48, 48, 3), 250, np.uint8), whole_picture(np.zeros((48, 48, 3))))
    assert result.faces.labels == (Emotion.HAPPY,)
    assert result.faces.track_ids.tolist() == [UNTRACKED]


@pytest.mark.parametrize(
    ("box", "margin", "side"),
    [((10, 10, 50, 50), 0.0, 40), ((10, 10, 50, 50), 0.5, 60), ((10, 10, 30, 50), 0.0, 40), ((10, 10, 10, 10), 0.0, 1)],
    ids=["square", "margin", "tall", "empty"],
)
def test_crops_are_square(box, margin, side):
    (crop,) = crop_faces(picture(), np.array([box]), margin)
    assert crop.shape == (side, side, 3)


def test_a_crop_is_centered_on_its_box():
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[50, 40] = 255
    (crop,) = crop_faces(frame, np.array([[30, 40, 50, 60]]), 0.5)
    assert np.argwhere(crop[..., 0]).tolist() == [[15, 15]]


@pytest.mark.parametrize(
    ("box", "corner", "value"),
    [
        ((-20, -20, 20, 20), (0, 0), 7),
        ((180, 100, 220, 140), (-1, -1), 9),
        ((-90, -90, -50, -50), (5, 5), 7),
        ((300, 300, 320, 320), (5, 5), 9),
        ((-50, -50, 250, 250), (0, 0), 7),
    ],
    ids=["top left", "bottom right", "wholly outside", "wholly beyond", "around the frame"],
)
def test_outside_the_frame_its_border_repeats(box, corner, value):
    frame = np.full((120, 200, 3), 100, np.uint8)
    frame[0, 0], frame[-1, -1] = 7, 9
    (crop,) = crop_faces(frame, np.array([box]), 0.0)
    assert crop.shape[0] == crop.shape[1] == box[2] - box[0]
    assert crop[corner].tolist() == [value] * 3


def test_a_crop_never_aliases_the_frame():
    frame = picture()
    (crop,) = crop_faces(frame, np.array([FACES[0]]), 0.0)
    crop[:] = 1
    assert (frame[10:50, 10:50] == 255).all()


@pytest.mark.parametrize("margin", [-0.6, float("nan")])
def test_a_margin_that_removes_too_much_is_an_error(margin):
    with pytest.raises(ValueError, match="margin"):
        crop_faces(picture(), np.array(FACES), margin)


def test_a_negative_margin_cuts_inside_the_box():
    (crop,) = crop_faces(picture(), np.array([[10, 10, 50, 50]]), -0.2)
    assert crop.shape[:2] == (32, 32)


def test_faces_of_a_picture_are_numbered_from_left_to_right():
    right, left = FACES[1], FACES[0]
    analyzer = EmotionAnalyzer(FixedDetector(right, left), BrightnessClassifier())
    faces = analyzer.analyze(picture()).faces
    assert faces.boxes_xyxy.tolist() == [list(left), list(right)]
    assert faces.label_names == ("happy", "sad")
    assert faces.detection_scores.tolist() == [5, 9], "each face keeps its own"
