"""Whether the visitor can see the page, and a video that rests while nobody can.

Streamlit does not tell a script about its tab, and streamlit-webrtc's player cannot pause. A component without looks
does both: it watches the tab, and stops what the player sends to the server while the page is hidden or paused.
"""

from __future__ import annotations

import streamlit as st

# The player stands in a frame of the same origin: its connections are noted as they are made.
_JS = """
const connections = new Map()  // RTCPeerConnection → sender → the track that it sent before it was held
let paused = false

const note = (player) => {
    const view = player.contentWindow
    if (!view?.RTCPeerConnection || view.emotionConnections) return
    view.emotionConnections = connections
    view.RTCPeerConnection = class extends view.RTCPeerConnection {
        constructor(...settings) {
            super(...settings)
            connections.set(this, new Map())
            this.addEventListener("connectionstatechange", () => {
                if (this.connectionState === "closed" || this.connectionState === "failed") connections.delete(this)
            })
        }
    }
}

const hold = () => {
    const wanted = paused || document.hidden
    for (const [connection, held] of connections) {
        if (connection.signalingState === "closed") { connections.delete(connection); continue }
        for (const sender of connection.getSenders()) {
            if (wanted && sender.track) {
                held.set(sender, sender.track)
                sender.replaceTrack(null)
            } else if (!wanted && held.has(sender)) {
                // A track that it still has is one that the browser is about to let go of, or the player's new one.
                const track = held.get(sender)
                if (!sender.track || sender.track === track) sender.replaceTrack(track)
                held.delete(sender)
            }
        }
    }
}

export default function ({ data, setStateValue }) {
    paused = Boolean(data?.paused)
    const look = () => document.querySelectorAll('iframe[title*="webrtc_streamer"]').forEach(note)
    const tell = () => { hold(); setStateValue("hidden", document.hidden) }
    look()
    hold()
    const looking = setInterval(look, 250)
    document.addEventListener("visibilitychange", tell)
    if (document.hidden) tell()
    return () => {
        clearInterval(looking)
        document.removeEventListener("visibilitychange", tell)
    }
}
"""
_watcher = st.components.v2.component("page_visibility", js=_JS)


def page_hidden(paused: bool = False) -> bool:
    """Whether the page is in a hidden tab or window; the script runs again when that changes.

    Args:
        paused: the visitor wants the video to rest although the page can be seen.
    """
    state = _watcher(
        key="page_visibility", data={"paused": paused}, default={"hidden": False}, on_hidden_change=lambda: None
    )
    return bool(state.hidden)
