"""What the visitor's browser says of the camera before and while it is used: denied, absent, or no fault known."""

from __future__ import annotations

from typing import Literal

import streamlit as st
import streamlit.components.v2

Fault = Literal["denied", "absent"]

# It only looks; it never asks for the camera. Where a browser does not tell (Firefox before 131), no fault is known.
_LOOK = """
export default function ({ parentElement, setStateValue }) {
  const devices = navigator.mediaDevices;
  let permission = null;
  let left = false;
  const look = async () => {
    const found = await devices.enumerateDevices();
    const absent = !found.some((device) => device.kind === "videoinput");
    const fault = permission?.state === "denied" ? "denied" : absent ? "absent" : "";
    if (left || fault === (parentElement.lastFault ?? "")) return;
    parentElement.lastFault = fault;
    setStateValue("fault", fault);
  };
  const start = async () => {
    if (!devices?.enumerateDevices) return;  // not a secure page
    try {
      permission = await navigator.permissions.query({ name: "camera" });
      permission.addEventListener("change", look);
    } catch {
      permission = null;
    }
    devices.addEventListener("devicechange", look);
    await look();
  };
  start();
  return () => {
    left = true;
    devices?.removeEventListener?.("devicechange", look);
    permission?.removeEventListener("change", look);
  };
}
"""
_watch = streamlit.components.v2.component("camera_fault", js=_LOOK)


def camera_fault(key: str) -> Fault | None:
    """What is wrong with the visitor's camera, as far as the browser tells without being asked for it.

    Args:
        key: of the page's element; the page reruns when the answer changes.
    """
    answer = _watch(key=key, default={"fault": ""}, on_fault_change=lambda: None, height="content")
    fault = answer.get("fault")
    return fault if fault in ("denied", "absent") else None


def show_fault(fault: Fault | None, instead: str) -> None:
    """What to do about it.

    Args:
        instead: what works without a camera, to end the sentence "…, or …".
    """
    if fault == "denied":
        st.warning(
            "Click the camera or lock sign in the address bar, allow the camera for this page, and reload it. If it "
            f"is allowed there, look at the system's privacy settings, or {instead}.",
            title="The browser denies this page the camera",
            icon=":material/videocam_off:",
        )
    elif fault == "absent":
        st.warning(
            f"Plug one in, or switch it on in the system's settings, and it is noticed here; or {instead}.",
            title="No camera was found",
            icon=":material/videocam_off:",
        )
