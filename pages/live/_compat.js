// Patches of streamlit-webrtc's player, checked with streamlit-webrtc 0.79; see _compat.py.
//
// The player stands in an iframe of the page's own origin. There it calls `getUserMedia` and `new RTCPeerConnection(…)`,
// both of which are replaced in the iframe's window before that:
//
// - The camera is opened once, by the stage, which shows it and lends the player a copy of its track. The player itself
//   would ask again without end where the camera is refused or absent, and could not tell the visitor why.
// - Each connection becomes known as it is made, because the player has no way to pause, and does not show what it sends.
// - The player stops for good as soon as a connection is "disconnected". That state may pass by itself: the browser
//   reports it when a busy server has not answered for some seconds, above all while a paused video sends nothing. So
//   the player hears of it only if it lasts.

const PATIENCE_MS = 10000
const REFUSAL_MS = 250           // the player asks again at once
const SIDEBAR_MS = 100           // what is hidden cannot be focused, and Streamlit shows its sidebar a moment later
const connections = new Map()    // RTCPeerConnection → Map of sender → the track that it sent before it was held

const watchPlayers = (lend) => {
    for (const player of document.querySelectorAll('iframe[title*="webrtc_streamer"]')) patchPlayer(player, lend)
}

const patchPlayer = (player, lend) => {
    const view = player.contentWindow
    player.tabIndex = -1  // the stage has buttons of its own
    if (!view?.RTCPeerConnection || view.emotionConnections) return
    view.emotionConnections = connections
    if (view.navigator.mediaDevices) {
        view.navigator.mediaDevices.getUserMedia = async () => {
            const track = lend()
            if (track) return new view.MediaStream([track])
            await new Promise((resolve) => setTimeout(resolve, REFUSAL_MS))
            throw new view.DOMException("The stage has no camera", "NotFoundError")
        }
    }
    view.RTCPeerConnection = class extends view.RTCPeerConnection {
        constructor(...settings) {
            super(...settings)
            connections.set(this, new Map())
            let timer, expired = false
            // Added before the player's own listener, so that it can keep an event from it.
            this.addEventListener("connectionstatechange", (event) => {
                if (this.connectionState === "closed" || this.connectionState === "failed") connections.delete(this)
                if (this.connectionState !== "disconnected") {
                    clearTimeout(timer)
                    timer = undefined
                    expired = false
                } else if (!expired) {
                    event.stopImmediatePropagation()
                    timer ??= setTimeout(() => {
                        expired = true
                        this.dispatchEvent(new Event("connectionstatechange"))
                    }, PATIENCE_MS)
                }
            })
        }
    }
}

// Streamlit's sidebar has no interface for scripts.
const sidebarButton = () => document.querySelector(
    '[data-testid="stExpandSidebarButton"], [data-testid="stSidebarCollapseButton"] button')
const hasSidebar = () => Boolean(sidebarButton())
const toggleSidebar = () => {
    const opens = sidebarButton()?.dataset.testid === "stExpandSidebarButton"
    sidebarButton()?.click()
    if (opens) setTimeout(focusSidebar, SIDEBAR_MS)
}

// With the keyboard, its controls come next: they stand before the whole page.
const focusSidebar = () => {
    const content = document.querySelector('[data-testid="stSidebarUserContent"]')
    if (!content) return
    content.tabIndex = -1
    content.focus({ preventScroll: true })
}

// Stop what the player sends while the page is hidden or paused.
const holdOrReleaseTracks = (resting) => {
    for (const [connection, held] of connections) {
        if (connection.signalingState === "closed") { connections.delete(connection); continue }
        for (const sender of connection.getSenders()) {
            if (resting && sender.track) {
                held.set(sender, sender.track)
                sender.replaceTrack(null)
            } else if (!resting && held.has(sender)) {
                // A sender that still has a track has either the held one, which the browser is about to let go of
                // because `replaceTrack(null)` has not finished, or a new one from the player, which must stay.
                const track = held.get(sender)
                if (!sender.track || sender.track === track) sender.replaceTrack(track)
                held.delete(sender)
            }
        }
    }
}

// Send another camera's track over the connection that is there.
const replaceTracks = (track) => {
    for (const [connection, held] of connections) {
        for (const sender of connection.getSenders()) {
            if (held.has(sender)) held.set(sender, track)
            else if (sender.track) sender.replaceTrack(track)
        }
    }
}
