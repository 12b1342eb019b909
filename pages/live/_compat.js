// Patch of streamlit-webrtc's player, checked with streamlit-webrtc 0.79; see _compat.py.
//
// The player has no way to pause. It stands in an iframe of the page's own origin and calls `new RTCPeerConnection(…)`,
// so a subclass put into the iframe's window before that call learns of each connection as it is made.
//
// The player stops for good as soon as a connection is "disconnected". That state may pass by itself: the browser
// reports it when a busy server has not answered for some seconds, above all while a paused video sends nothing. So the
// player hears of it only if it lasts.

const PATIENCE_MS = 10000
const connections = new Map()  // RTCPeerConnection → Map of sender → the track that it sent before it was held

const recordConnections = (player) => {
    const view = player.contentWindow
    if (!view?.RTCPeerConnection || view.emotionConnections) return
    view.emotionConnections = connections
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
