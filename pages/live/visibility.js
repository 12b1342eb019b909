// Reports whether the page's tab is hidden, and stops what the player sends while it is hidden or paused.
// `connections` and `recordConnections` come from _compat.js, which stands before this text.

const LOOK_MS = 250  // the iframe is replaced when the visitor chooses another source; nothing announces that
let paused = false

const holdOrReleaseTracks = () => {
    const wanted = paused || document.hidden
    for (const [connection, held] of connections) {
        if (connection.signalingState === "closed") { connections.delete(connection); continue }
        for (const sender of connection.getSenders()) {
            if (wanted && sender.track) {
                held.set(sender, sender.track)
                sender.replaceTrack(null)
            } else if (!wanted && held.has(sender)) {
                // A sender that still has a track has either the held one, which the browser is about to let go of
                // because `replaceTrack(null)` has not finished, or a new one from the player, which must stay.
                const track = held.get(sender)
                if (!sender.track || sender.track === track) sender.replaceTrack(track)
                held.delete(sender)
            }
        }
    }
}

export default function ({ data, setStateValue }) {
    paused = Boolean(data?.paused)
    const findPlayers = () => document.querySelectorAll('iframe[title*="webrtc_streamer"]').forEach(recordConnections)
    const reportVisibility = () => { holdOrReleaseTracks(); setStateValue("hidden", document.hidden) }
    findPlayers()
    holdOrReleaseTracks()
    const timer = setInterval(findPlayers, LOOK_MS)
    document.addEventListener("visibilitychange", reportVisibility)
    if (document.hidden) reportVisibility()
    return () => {
        clearInterval(timer)
        document.removeEventListener("visibilitychange", reportVisibility)
    }
}
