// Patch of streamlit-webrtc's player, checked with streamlit-webrtc 0.79; see _compat.py.
//
// The player has no way to pause. It stands in an iframe of the page's own origin and calls `new RTCPeerConnection(…)`,
// so a subclass put into the iframe's window before that call learns of each connection as it is made.

const connections = new Map()  // RTCPeerConnection → Map of sender → the track that it sent before it was held

const recordConnections = (player) => {
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
