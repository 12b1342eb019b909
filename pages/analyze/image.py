"""Images: the expression of every face in pictures that are uploaded or taken with the camera."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from emotion_core.language import gettext as _

st.title(_("Images"))
st.caption(_("How each face's expression reads, in pictures. They stay in the server's memory and are not stored."))

from emotion_core.errors import EmotionError  # noqa: E402
from pages.image.camera import camera_columns, camera_fault, show_camera_fault  # noqa: E402
from pages.image.reading import ImageChoices, Picture, forget_others, read_pictures  # noqa: E402
from pages.image.view import show_readings, show_table  # noqa: E402
from pages.shared.choices import STILL, detector_choice, model_choice  # noqa: E402
from pages.shared.language import language_choice  # noqa: E402
from pages.shared.resources import settings  # noqa: E402
from pages.shared.weights import ensure_weights  # noqa: E402

SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "astronaut.jpg"
TYPES = ["jpg", "jpeg", "png", "webp", "heic", "heif", "bmp", "gif"]

with st.sidebar:
    st.subheader(_("Settings"))
    model = model_choice(key="image_model")
    whole = st.toggle(
        _("Whole picture as one face"), key="image_whole", help=_("For pictures that show nothing but a face.")
    )
    detector, haar = detector_choice("image", STILL)
    language_choice("image")
choices = ImageChoices(model, detector, haar, whole)

upload_tab, camera_tab = st.tabs([_(":material/upload: Upload"), _(":material/photo_camera: Snapshot")])
with upload_tab:
    uploads = st.file_uploader(
        _("Pictures with faces"),
        type=TYPES,
        accept_multiple_files=True,
        key="image_uploads",
        label_visibility="collapsed",
        max_upload_size=max(1, settings().max_image_bytes // 1_000_000),
    )
with camera_tab:
    camera_on = st.toggle(_("Use the camera"), key="image_camera_on", help=_("Your browser asks you to allow it."))
    snapshot = None
    camera, beside = st.columns(camera_columns(camera_on, "image_snapshot"), gap="medium")
    if camera_on:
        message = camera.container()
        # By default, a picture has the size in which it is shown: on a phone, too few pixels for a distant face.
        snapshot = camera.camera_input(_("Take a picture"), key="image_snapshot", resolution="720p")
        fault = camera_fault("image_camera")
        with message:
            show_camera_fault(fault)

pictures = [Picture.from_upload(upload) for upload in uploads]
if snapshot:
    pictures.append(Picture.from_upload(snapshot, "snapshot.jpg"))
if not pictures and st.session_state.get("image_sample"):
    pictures = [Picture(SAMPLE.name, SAMPLE.read_bytes(), "sample")]
forget_others(pictures)

if not pictures:
    st.info(_("Drop one or many pictures above, take a snapshot, or try the sample."), icon=":material/add_a_photo:")
    st.button(
        _("Try the sample picture"),
        on_click=lambda: st.session_state.update(image_sample=True),
        icon=":material/auto_awesome:",
        type="primary",
    )
    st.stop()

if not ensure_weights(model, "image"):
    st.stop()
bar = st.progress(0.0, text=_("Reading the pictures"))
try:
    whole_keys = st.session_state.get("image_whole_keys", set())
    readings = read_pictures(pictures, choices, whole_keys, lambda share: bar.progress(share, text=_("Reading")))
except EmotionError as error:
    bar.empty()
    st.error(str(error), icon=":material/error:")
    st.stop()
bar.empty()

uploaded = len(uploads) if snapshot else len(readings)
with beside:
    show_readings(readings[uploaded:], "snapshot")
show_readings(readings[:uploaded])
show_table(readings)
