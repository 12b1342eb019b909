// The stage of the Live page: the picture with a box and a label for each face, the word, the bars and the curve.
//
// Streamlit mounts this script three times, once for each part ("stage", "reading", "curve"), so that its own charts can
// stand between them. All mounts share one module, and so one `state`: a reading is shown in all parts in the same
// animation frame. `connections` and `watchPlayers` come from _compat.js, which stands before this text.

const RECENT_S = 60           // the curve's span while a camera runs
const STALE_MS = 1500         // an older reading is no longer shown
const HORIZON_S = 0.3         // a box moves on without a new reading for no longer than this (extrapolate.py)
const TRANSIT_MS = 10         // a frame's way from the camera to the server, without the network
const ANNOUNCE_MS = 2000      // a screen reader hears of a new word at most so often
const BUSY_BELOW = 0.6        // a server that asks for a smaller share of the frames that it wants is busy,
const CALM_FROM = 0.8         // and one that asks for a larger one is not
const STALL_MS = 250          // without a new picture for so long, the stage draws by itself
const BUSY_MS = 90            // between two drawings while it is
const ASK_MS = 4000           // a click is told once more if the script has not heard of it
const MOST_ASKED = 3
const LOOK_MS = 250           // nothing announces a new player, or that Streamlit has drawn its sidebar
const SENT_WIDTH = 640        // frames are sent no wider than this; they are shown as wide as they are
const BUSY_WIDTH = 480
const FACE_COLORS = ["#0B6E99", "#B4540A", "#1B7F4B", "#7C3AED", "#B21E5B", "#5B6770"]
const CAMERA = { width: { ideal: 1280 }, height: { ideal: 720 } }

const state = {
    parts: new Map(),         // name → part
    data: {},                 // from the script
    act: () => {},            // tells the script what the visitor did
    reading: null,            // the newest one, which all parts show
    shown: 0,                 // how many were shown so far
    arrivedMs: 0,             // when it came
    faceColors: new Map(),    // track id → color
    pending: null,            // one that came since the last animation frame
    course: [],               // what the curve shows: {time_s, label, probabilities, faces}
    clip: null,               // the sample's readings
    stream: null,             // the visitor's camera
    device: null,             // its id, once the visitor chose one
    socket: null, retry: 0, retryMs: 500, rttMs: 0,
    live: {},                 // the session's state, as the server told it last
    busy: false,              // whether that was the state of a busy server
    ran: false,               // whether a video was wanted at the last update
    askedFormer: false,       // whether the session before a reload was asked for
    asked: 0, askedMs: 0,     // how often the script was told of the camera, and when last
    paused: false, presenting: false, shownTrack: null,
    announcedMs: 0, announced: "", frame: 0, timer: 0, curveMs: 0, cropMs: 0,
}
const calm = matchMedia("(prefers-reduced-motion: reduce)")

// A text in the visitor's language, with `values` in its {fields}. The script finds these calls and sends what they need.
const _ = (text, values = {}) =>
    (state.data.words?.[text] ?? text).replace(/{(\w+)}/g, (field, name) => values[name] ?? field)

// ---------------------------------------------------------------------------------------------- what the parts consist of

const readingHtml = () => `
    <p class="lead"></p>
    <p class="word">&nbsp;</p>
    <p class="also">&nbsp;</p>
    <ul class="bars"></ul>
    <ol class="faces" aria-label="${_("Faces")}"></ol>`

const stageHtml = () => `
    <div class="frame">
        <video class="picture" muted playsinline></video>
        <canvas class="still" hidden aria-hidden="true"></canvas>
        <canvas class="overlay" role="img" aria-label="${_("A box and a label at each face")}"></canvas>
        <button class="play" hidden aria-label="${_("Play the sample clip")}">▶</button>
        <div class="message" role="alert" hidden><strong></strong><span></span></div>
        <div class="choose">
            <button data-do="camera" class="primary">${_("Use my camera")}</button>
            <button data-do="open">${_("Open a video")}</button>
        </div>
        <button class="leave" data-do="present">${_("Leave")} <kbd>Esc</kbd></button>
    </div>
    <div class="controls" role="toolbar" aria-label="${_("Video")}">
        <button data-do="stop" title="S">${_("Stop")}</button>
        <button data-do="pause" title="P" aria-pressed="false">${_("Pause")}</button>
        <button data-do="again">${_("Play again")}</button>
        <button data-do="new" title="N">${_("New person")}</button>
        <button data-do="sample">${_("Show the sample")}</button>
        <button data-do="present" title="F" aria-pressed="false">${_("Present")}</button>
        <label class="device" hidden>${_("Camera")} <select></select></label>
        <button data-do="settings">${_("Settings")}</button>
        <button data-do="keys" title="?" aria-expanded="false">${_("Keys")}</button>
        <span class="credit">${_("Sample clip: Wolfgang Langer, Pexels")}</span>
    </div>
    <div class="inner reading">${readingHtml()}</div>
    <table class="keys" hidden>
        <tr><td><kbd>S</kbd></td><td>${_("Start the camera, or stop")}</td></tr>
        <tr><td><kbd>P</kbd></td><td>${_("Pause or go on")}</td></tr>
        <tr><td><kbd>N</kbd></td><td>${_("New person")}</td></tr>
        <tr><td><kbd>F</kbd></td><td>${_("Present in the full window")}</td></tr>
        <tr><td><kbd>Esc</kbd></td><td>${_("Leave Present")}</td></tr>
        <tr><td><kbd>?</kbd></td><td>${_("Show or hide this list")}</td></tr>
    </table>
    <p class="announce" aria-live="polite"></p>`

const CURVE_HTML = `<p class="title"></p><canvas class="curve" role="img"></canvas>`
const HTML = {
    stage: stageHtml, reading: () => `<div class="reading">${readingHtml()}</div>`, curve: () => CURVE_HTML,
}

const build = (name, parent) => {
    const root = document.createElement("div")
    root.className = `part ${name}`
    root.innerHTML = HTML[name]()
    parent.append(root)
    const find = (selector) => root.querySelector(selector)
    const part = { name, root, find, readings: [...root.querySelectorAll(".reading")].map(buildReading) }
    if (name === "stage") buildStage(part)
    if (name === "curve") buildCurve(part)
    return part
}

const buildReading = (root) => {
    const bars = root.querySelector(".bars")
    const rows = (state.data.emotions ?? []).map(({ name, color }) => {
        const row = document.createElement("li")
        row.innerHTML = `<span>${_(name)}</span><i><b></b></i><em></em>`
        row.querySelector("b").style.background = color
        bars.append(row)
        return row
    })
    return { root, rows, find: (selector) => root.querySelector(selector), shown: {} }
}

const buildStage = (part) => {
    part.video = part.find(".picture")
    part.overlay = part.find(".overlay")
    part.root.addEventListener("click", (event) => {
        const name = event.target.closest("button[data-do]")?.dataset.do
        if (name) DO[name]()
    })
    part.find(".play").addEventListener("click", () => { part.video.play(); part.find(".play").hidden = true })
    part.find(".device select").addEventListener("change", (event) => {
        state.device = event.target.value
        useCamera()
    })
    new ResizeObserver(() => { part.fresh = true }).observe(part.find(".frame"))
}

const buildCurve = (part) => {
    part.canvas = part.find("canvas")
    part.canvas.addEventListener("click", (event) => {
        if (state.data.source !== "sample" || !state.clip?.length) return
        const box = part.canvas.getBoundingClientRect()
        const share = (event.clientX - box.left - part.plot.left) / part.plot.width
        video().currentTime = Math.max(0, Math.min(1, share)) * state.clip.at(-1).time_s
    })
    new ResizeObserver(() => { state.curveMs = 0 }).observe(part.canvas)
}

const stage = () => state.parts.get("stage")
const video = () => stage().video
const running = () => Boolean(state.data.running)
// Whether the server draws into the picture and sends it.
const burned = () => state.data.source === "file" || (state.data.source === "camera" && state.data.burn)
const sampling = () => state.data.source === "sample"

// -------------------------------------------------------------------------------------------- what the visitor can do

const DO = {
    camera: () => useCamera(),
    open: () => { complain(null); leaveCamera(); state.act("open") },
    stop: () => { keepStill(); leaveCamera(); state.act("stop") },
    again: () => state.act("again"),
    sample: () => { complain(null); leaveCamera(); state.act("sample") },
    new: () => { if (running()) state.act("new") },
    pause: () => { if (running() || sampling()) rest(!state.paused) },
    present: () => present(!state.presenting),
    settings: () => toggleSidebar(),
    keys: () => {
        const list = stage().find(".keys")
        list.hidden = !list.hidden
        stage().find("[data-do=keys]").setAttribute("aria-expanded", String(!list.hidden))
    },
}
const KEYS = { s: () => (running() ? DO.stop() : DO.camera()), p: DO.pause, n: DO.new, f: DO.present, "?": DO.keys }

const onKey = (event) => {
    const typing = event.composedPath()[0]?.matches?.("input, textarea, select, [contenteditable=true], [role=combobox]")
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !stage()) return
    if (event.key === "Escape" && state.presenting) present(false)
    const action = KEYS[event.key.toLowerCase()]
    if (action) { event.preventDefault(); action() }
}

const present = (wanted) => {
    const { root } = stage()
    state.presenting = wanted
    root.classList.toggle("presenting", wanted)
    // The top layer lies above everything of Streamlit's, whatever contains this part.
    if (wanted) { root.popover = "manual"; root.showPopover?.() } else { root.hidePopover?.(); root.removeAttribute("popover") }
    stage().find(".controls [data-do=present]").setAttribute("aria-pressed", String(wanted))
    stage().fresh = true
}

const rest = (paused) => {
    state.paused = paused
    const button = stage().find("[data-do=pause]")
    button.textContent = paused ? _("Go on") : _("Pause")
    button.setAttribute("aria-pressed", String(paused))
    if (paused) video().pause()
    else video().play().catch(() => {})
    tellRest()
}

const tellRest = () => {
    const resting = state.paused || document.hidden
    holdOrReleaseTracks(resting)
    if (running()) say({ rest: resting })
}

const complain = (title, text) => {
    const box = stage()?.find(".message")
    if (!box) return
    box.hidden = !title
    box.querySelector("strong").textContent = title ?? ""
    box.querySelector("span").textContent = text ?? ""
}

// ------------------------------------------------------------------------------------------------------- the camera

const FAULTS = {
    NotAllowedError: () => [
        _("The browser denies this page the camera"),
        _("Click the camera or lock icon in the address bar, allow the camera for this page, and try again. If it is allowed there, check your system's privacy settings."),
    ],
    NotFoundError: () => [
        _("No camera was found"),
        _("Plug one in, or turn it on in your system's settings, and try again. Without a camera, open a video."),
    ],
    NotReadableError: () => [_("The camera is in use"), _("Another program is using the camera. Close it, and try again.")],
}
const insecure = () => [
    _("The camera cannot be used at this address"),
    _("Browsers allow the camera only on pages that use HTTPS or run on this computer. Open this page over https://, or open a video."),
]
const full = () => [_("All places are taken"), _("The picture is shown without readings until another visitor stops.")]
const unknown = () => [
    _("The camera gives no picture"),
    _("Unplug it and plug it in again, or choose another one, and try again."),
]

const useCamera = async () => {
    complain(null)
    if (!navigator.mediaDevices?.getUserMedia) return complain(...insecure())
    let stream
    try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { ...CAMERA, ...chosenDevice() }, audio: false })
    } catch (error) {
        if (error.name === "OverconstrainedError" && state.device) { state.device = null; return useCamera() }
        return complain(...(FAULTS[error.name] ?? unknown)())
    }
    leaveCamera()
    state.stream = stream
    const [track] = stream.getVideoTracks()
    track.addEventListener("ended", () => {
        if (state.stream !== stream) return
        DO.stop()
        complain(_("The camera was disconnected"), _("What was read so far is kept. Plug it in, and use it again."))
    })
    listDevices()
    if (running() && state.data.source === "camera") {  // another camera: the connection stays
        replaceTracks(lend())
    } else {
        state.paused = false
        state.asked = 0
        askForVideo()
    }
    if (!state.data.burn) showTrack(track, "camera")
}

// Streamlit may lose what a page tells it while its script is just beginning another run.
const askForVideo = () => {
    state.asked += 1
    state.askedMs = performance.now()
    state.act("camera")
}

const askAgain = () => {
    if (!state.asked || state.asked >= MOST_ASKED || !state.stream || running()) return
    if (performance.now() - state.askedMs > ASK_MS) askForVideo()
}

const chosenDevice = () => (state.device ? { deviceId: { exact: state.device } } : {})

// The camera's track, for the player to send. A copy, because the player stops what it was given.
const lend = () => {
    const [track] = state.stream?.getVideoTracks() ?? []
    if (!track || track.readyState !== "live") return null
    const copy = track.clone()
    copy.contentHint = "detail"  // otherwise the browser sends smaller pictures when it is busy, and small faces are lost
    return copy
}

const leaveCamera = () => {
    state.stream?.getTracks().forEach((track) => track.stop())
    state.stream = null
}

const listDevices = async () => {
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput")
    const label = stage()?.find(".device")
    if (!label) return
    label.hidden = cameras.length < 2
    const now = state.stream?.getVideoTracks()[0]?.getSettings().deviceId
    label.querySelector("select").replaceChildren(...cameras.map((camera, i) => {
        const option = new Option(camera.label || _("Camera {number}", { number: i + 1 }), camera.deviceId)
        option.selected = camera.deviceId === now
        return option
    }))
}

// What is sent may be smaller and rarer than what is shown: the server asks for as many frames as it can read.
const limits = new WeakMap()  // sender → the limits that it was given, because asking for them takes a millisecond

const limitSending = () => {
    if (!state.live.send_hz || burned()) return
    for (const connection of connections.keys()) {
        for (const sender of connection.getSenders?.() ?? []) {
            const rate = Math.round(state.live.send_hz), width = state.busy ? BUSY_WIDTH : SENT_WIDTH
            const limit = `${rate} ${width}`
            if (!sender.track || limits.get(sender) === limit || connection.connectionState !== "connected") continue
            const parameters = sender.getParameters()
            const [encoding] = parameters.encodings ?? []
            if (!encoding) continue
            encoding.maxFramerate = rate
            encoding.scaleResolutionDownBy = Math.max(1, (sender.track.getSettings().width ?? width) / width)
            limits.set(sender, limit)
            sender.setParameters(parameters).catch(() => limits.delete(sender))  // it was stopped meanwhile
        }
    }
}

// ------------------------------------------------------------------------------------------------------- the picture

// Keep the last picture until the next one is there.
const keepStill = () => {
    const still = stage().find(".still"), from = video()
    if (!from.videoWidth) return
    still.width = from.videoWidth
    still.height = from.videoHeight
    still.style.transform = from.style.transform
    still.getContext("2d").drawImage(from, 0, 0)
    still.hidden = false
}

const showTrack = (track, kind) => {
    if (state.shownTrack === track) return
    keepStill()
    state.shownTrack = track
    const element = video()
    element.removeAttribute("src")
    element.loop = false
    element.srcObject = new MediaStream([track])
    element.style.transform = kind === "camera" && mirrored() ? "scaleX(-1)" : ""
    whenPicture(element, () => { stage().find(".still").hidden = true; stage().fresh = true })
    element.play().catch(() => {})
}

const mirrored = () => Boolean(state.data.mirror)

const whenPicture = (element, then) => {
    if (element.requestVideoFrameCallback) element.requestVideoFrameCallback(then)
    else element.addEventListener("timeupdate", then, { once: true })
}

// The server's picture, where it sends one: with burned-in boxes, or of a file.
const findReturnedTrack = () => {
    if (!running() || !burned()) return
    for (const connection of connections.keys()) {
        const track = connection.getReceivers?.().map((receiver) => receiver.track).find((one) => one?.kind === "video")
        if (track && track.readyState === "live" && connection.connectionState === "connected") showTrack(track, "server")
    }
}

const showSample = async () => {
    const element = video()
    if (element.dataset.sample) return
    element.dataset.sample = "1"
    state.shownTrack = null
    stage().find(".still").hidden = true
    element.srcObject = null
    element.style.transform = ""
    element.loop = true
    element.src = state.data.base + state.data.sample.video
    if (calm.matches) stage().find(".play").hidden = false
    else element.play().catch(() => { if (sampling()) stage().find(".play").hidden = false })
    try {
        const answer = await fetch(`${state.data.base}${state.data.sample.readings}?language=${state.data.language}`)
        const content = await answer.json()
        if (content.error) complain(_("The sample cannot be read"), content.error)
        state.clip = content.readings ?? []
    } catch {
        state.clip = []
    }
    state.course = state.clip.map(courseOf)
    state.curveMs = 0
}

const leaveSample = () => {
    delete video().dataset.sample
    stage().find(".play").hidden = true
    state.clip = null
    clearReadings()
}

const clearReadings = () => {
    state.reading = state.pending = null
    state.course = []
    state.curveMs = 0
    showReading(null)
}

const sampleReading = (time_s) => {
    const readings = state.clip
    let low = 0, high = readings.length - 1
    while (low < high) {
        const middle = (low + high + 1) >> 1
        if (readings[middle].time_s <= time_s) low = middle
        else high = middle - 1
    }
    return low
}

// --------------------------------------------------------------------------------------------- readings from the server

const listen = () => {
    const { token, base, readings } = state.data
    if (!token || sampling() || state.socket?.token === token) return
    hush()
    const address = new URL(`${base}${readings}/${token}`, location.href)
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:"
    const socket = new WebSocket(address)
    socket.token = token
    state.socket = socket
    socket.addEventListener("open", () => { state.retryMs = 500; tellRest() })
    socket.addEventListener("message", (event) => hear(JSON.parse(event.data)))
    socket.addEventListener("close", () => {
        if (state.socket !== socket) return
        state.socket = null
        state.retry = setTimeout(listen, state.retryMs)
        state.retryMs = Math.min(5000, 2 * state.retryMs)
    })
}

const hush = () => {
    clearTimeout(state.retry)
    const socket = state.socket
    state.socket = null
    socket?.close()
}

const say = (message) => { if (state.socket?.readyState === WebSocket.OPEN) state.socket.send(JSON.stringify(message)) }

const hear = (message) => {
    if (message.type === "reading") {
        state.arrivedMs = performance.now()
        state.pending = message
        remember(courseOf(message))
    } else if (message.type === "hello") {
        clearReadings()
        state.course = message.history.map((row) => ({ ...row, faces: [] }))
        takeState(message.state)
    } else if (message.type === "state") takeState(message)
    else if (message.type === "pong") state.rttMs = performance.now() - message.ping
}

const takeState = (live) => {
    const ended = live.ended && !state.live.ended
    const { error, refused } = state.live
    state.live = live
    const share = live.send_hz / live.most_hz
    state.busy = share < BUSY_BELOW || (state.busy && share < CALM_FROM)
    limitSending()
    say({ ping: performance.now() })
    if (live.error !== error) complain(live.error ? _("The picture is not being read") : null, live.error)
    if (live.refused && !refused) complain(...full())
    if (ended && state.data.source === "file" && running()) { keepStill(); state.act("ended") }
}

const probabilitiesOf = (face) => state.data.emotions.map(({ name }) => face.probabilities[name])

const courseOf = (reading) => {
    const face = reading.largest === null ? null : reading.faces[reading.largest]
    return {
        time_s: reading.time_s,
        label: face ? face.label : "no face",
        track_id: face ? face.track_id : null,
        probabilities: face ? probabilitiesOf(face) : null,
        faces: reading.faces.map(({ track_id, valence, label }) => ({ track_id, valence, label })),
    }
}

const remember = (row) => {
    state.course.push(row)
    while (state.course[0].time_s < row.time_s - RECENT_S) state.course.shift()
}

// ------------------------------------------------------------------------------------- one reading, in all parts at once

const colorOf = (label) => state.data.emotions.find(({ name }) => name === label)?.color ?? state.data.uncertain
const faceColor = (id) => state.faceColors.get(id) ?? FACE_COLORS[0]

// A face keeps its color; a new one gets that which was given away longest ago, of those that no face in the picture has.
const giveColors = (faces) => {
    const colors = state.faceColors, used = new Set()
    const known = ({ track_id }) => Number(colors.has(track_id))
    for (const { track_id } of [...faces].sort((a, b) => known(b) - known(a))) {
        let color = colors.get(track_id)
        if (!color || used.has(color)) {
            const given = [...colors.values()], free = FACE_COLORS.filter((one) => !used.has(one))
            ;[color = FACE_COLORS[0]] = free.sort((a, b) => given.lastIndexOf(a) - given.lastIndexOf(b))
            colors.delete(track_id)
            colors.set(track_id, color)
        }
        used.add(color)
    }
}
const largestOf = (reading) => (reading && reading.largest !== null ? reading.faces[reading.largest] : null)

const showReading = (reading) => {
    if (reading && reading !== state.reading) state.shown += 1
    giveColors(reading?.faces ?? [])
    state.reading = reading
    const face = largestOf(reading)
    for (const part of state.parts.values()) {
        part.root.dataset.time = reading ? String(reading.time_s) : ""
        part.readings.forEach((one) => fillReading(one, reading, face))
    }
    announce(face, reading)
}

const NOTHING = {
    empty: () => ({ lead: _("In the picture"), word: _("no face") }),
    waiting: () => ({ lead: _("Waiting for the first picture"), word: "–" }),
    off: () => ({ lead: "\u00a0", word: "–" }),
}

// The sentence's parts: what stands before the word, the word that also stands at the box, and what comes after it.
const inWords = ({ sentence, label }) => {
    const [lead, word = _(label), ...others] = sentence.split("*")
    const rest = others.join("").replace(/^[,\s]+/, "")
    if (word === _(label)) return { lead: lead.trim() || _("Reads as"), word, also: rest }
    const [verdict, first] = lead.split(": ")  // people would disagree, so no expression is named at the box
    return { lead: verdict, word: _(label), also: `${first}${word}, ${rest}` }
}

const fillReading = (one, reading, face) => {
    const several = (reading?.faces.length ?? 0) > 1
    const { lead, word, also } = face ? inWords(face) : NOTHING[reading ? "empty" : running() ? "waiting" : "off"]()
    write(one, ".lead", several ? _("Face {number}: {words}", { number: face.track_id, words: lead }) : lead)
    write(one, ".word", word)
    write(one, ".also", also || "\u00a0")
    const values = face ? probabilitiesOf(face) : null
    one.root.style.setProperty("--word", face ? colorOf(face.label) : "transparent")
    one.rows.forEach((row, i) => {
        const share = values ? values[i] : 0
        const text = values ? `${Math.round(100 * share)} %` : ""
        row.querySelector("b").style.transform = `scaleX(${share.toFixed(3)})`
        if (one.shown[i] !== text) { one.shown[i] = text; row.querySelector("em").textContent = text }
    })
    fillFaces(one, several ? reading.faces : [])
}

const write = (one, selector, text) => {
    if (one.shown[selector] === text) return
    one.shown[selector] = text
    one.find(selector).textContent = text
}

const fillFaces = (one, faces) => {
    const list = one.find(".faces")
    while (list.children.length > faces.length) list.lastChild.remove()
    while (list.children.length < faces.length) {
        const row = document.createElement("li")
        row.innerHTML = `<canvas class="crop" width="72" height="72" aria-hidden="true"></canvas><b></b><span></span>
            <canvas class="mini" width="84" height="36" aria-hidden="true"></canvas>`
        list.append(row)
    }
    faces.forEach((face, i) => {
        const row = list.children[i]
        row.dataset.id = String(face.track_id)
        const number = row.querySelector("b")
        number.textContent = String(face.track_id)
        number.style.background = faceColor(face.track_id)
        row.querySelector("span").textContent = face.words
        drawMini(row.querySelector(".mini"), probabilitiesOf(face))
    })
}

const drawMini = (canvas, values) => {
    const context = canvas.getContext("2d"), step = canvas.width / values.length
    context.clearRect(0, 0, canvas.width, canvas.height)
    values.forEach((value, i) => {
        context.fillStyle = state.data.emotions[i].color
        const height = Math.max(2, value * canvas.height)
        context.fillRect(i * step + 1, canvas.height - height, step - 3, height)
    })
}

// A screen reader hears the newest word, at most every two seconds.
const announce = (face, reading) => {
    const now = performance.now(), text = face ? face.words : reading ? _("no face") : ""
    if (!stage() || text === state.announced || now - state.announcedMs < ANNOUNCE_MS) return
    state.announced = text
    state.announcedMs = now
    stage().find(".announce").textContent = text
}

// ------------------------------------------------------------------------------------------------ the boxes and labels

const fit = (canvas) => {
    const scale = Math.min(2, devicePixelRatio || 1), { clientWidth: width, clientHeight: height } = canvas
    if (canvas.width !== Math.round(width * scale)) canvas.width = Math.round(width * scale)
    if (canvas.height !== Math.round(height * scale)) canvas.height = Math.round(height * scale)
    const context = canvas.getContext("2d")
    context.setTransform(scale, 0, 0, scale, 0, 0)
    context.clearRect(0, 0, width, height)
    return { context, width, height }
}

// Where a face is now, in pixels of the analyzed frame: its box moves on at the face's own velocity.
const boxNow = (reading, i, now) => {
    const { box_xyxy: box, velocity } = reading.faces[i]
    if (sampling()) return betweenReadings(reading, i, box)
    const age_s = (now - state.arrivedMs + reading.age_ms + TRANSIT_MS + state.rttMs / 2) / 1000
    const ahead_s = calm.matches ? 0 : Math.max(0, Math.min(age_s, HORIZON_S))
    return box.map((value, k) => value + velocity[k % 2] * ahead_s)
}

const betweenReadings = (reading, i, box) => {
    const next = state.clip[state.clip.indexOf(reading) + 1]
    const face = next?.faces.find(({ track_id }) => track_id === reading.faces[i].track_id)
    if (!face || calm.matches) return box
    const share = (video().currentTime - reading.time_s) / (next.time_s - reading.time_s)
    return box.map((value, k) => value + (face.box_xyxy[k] - value) * Math.max(0, Math.min(1, share)))
}

const overlaps = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
const common = (a, b) => Math.max(0, Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x))
    * Math.max(0, Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y))

// Places for the labels, none of which covers another: above its box, else below, else inside, else wherever it is free.
const placeTags = (faces, width, height, kept) => {
    const placed = []
    for (const face of [...faces].sort((a, b) => b.box.w * b.box.h - a.box.w * a.box.h)) {
        const { box, w, h } = face
        const inside = (x, y) => ({ x: Math.max(0, Math.min(x, width - w)), y: Math.max(0, Math.min(y, height - h)), w, h })
        const middle = box.x + (box.w - w) / 2
        const choices = [
            inside(middle, box.y - h), inside(middle, box.y + box.h), inside(middle, box.y + box.h - h), inside(middle, box.y),
            inside(box.x, box.y - h), inside(box.x + box.w - w, box.y - h), inside(box.x, box.y + box.h),
            inside(box.x + box.w - w, box.y + box.h),
        ]
        const free = (tag) => !placed.some((other) => overlaps(tag, other))
        const cost = (tag) => faces.reduce((sum, other) => sum + (other === face ? 0 : common(tag, other.box)), 0) / (w * h)
        let best = null, least = Infinity
        choices.forEach((tag, k) => {
            const price = cost(tag) + 0.1 * k - (kept.get(face.id) === k ? 0.3 : 0)
            if (free(tag) && price < least) { best = tag; least = price; face.choice = k }
        })
        for (let step = 1; !best && step * h < 2 * height; step += 1) {
            best = [inside(middle, box.y + step * h), inside(middle, box.y - step * h)].find(free) ?? null
        }
        for (let y = 0; !best && y + h <= height; y += h) {
            for (let x = 0; !best && x + w <= width; x += w) best = [inside(x, y)].find(free) ?? null
        }
        if (best) placed.push(Object.assign(best, { face }))
    }
    return placed
}

const lightOn = (color) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16) / 255)
        .map((v) => (v > 0.04 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff"
}

// What is written at each face, and how much room that takes.
const labeled = (context, faces, boxes, size) => {
    const width = (text) => context.measureText(text).width
    const tooWide = (text, box, most) => width(text) + size > most * box.w
    const several = faces.length > 1
    // The smaller the faces, the fewer words; the whole sentence stands beside the picture.
    const oneWord = several && faces.some(({ tight }, i) => tooWide(tight, boxes[i], 1.8))
    return faces.map((face, i) => {
        const text = oneWord ? _(face.label) : several || tooWide(face.words, boxes[i], 1.25) ? face.tight : face.words
        const chip = several ? width(String(face.track_id)) + size * 0.7 : 0
        const room = { w: width(text) + size * 0.9 + chip, h: Math.round(size * 1.5) }
        return { id: face.track_id, box: boxes[i], text, chip, ...room, color: colorOf(face.label), face }
    })
}

const drawOverlay = (now) => {
    const part = stage(), { overlay } = part, { reading } = state
    const fresh = reading && (sampling() || now - state.arrivedMs < STALE_MS)
    const style = state.data.overlay ?? {}
    const wanted = fresh && !burned() && reading.faces.length && (style.box || style.label)
    const moving = wanted && (sampling() || reading.faces.some(({ velocity }) => Math.hypot(...velocity) > 2))
    const same = part.drawn === reading && part.drawnWanted === Boolean(wanted)
    if (same && !part.fresh && !(moving && !calm.matches)) return
    part.drawn = reading
    part.drawnWanted = Boolean(wanted)
    part.fresh = false
    const { context, width, height } = fit(overlay)
    overlay.dataset.time = reading ? String(reading.time_s) : ""
    overlay.dataset.label = fresh ? largestOf(reading)?.label ?? "" : ""
    if (!wanted) { overlay.dataset.tags = "[]"; overlay.dataset.boxes = "[]"; return }
    const scale = Math.min(width / reading.width, height / reading.height)
    const left = (width - reading.width * scale) / 2, top = (height - reading.height * scale) / 2
    const size = Math.max(14, Math.min(state.presenting ? 44 : 30, width / (state.presenting ? 30 : 42)))
    context.font = `600 ${size}px ${part.font ??= getComputedStyle(overlay).fontFamily}`
    const boxes = reading.faces.map((_, i) => {
        const [x0, y0, x1, y1] = boxNow(reading, i, now)
        return { x: left + x0 * scale, y: top + y0 * scale, w: (x1 - x0) * scale, h: (y1 - y0) * scale }
    })
    const faces = labeled(context, reading.faces, boxes, size)
    if (style.box) faces.forEach((one) => strokeBox(context, one, size))
    if (style.bars) faces.forEach((one) => drawBars(context, one, size, width))
    const tags = style.label ? placeTags(faces, width, height, (part.places ??= new Map())) : []
    tags.forEach((tag) => { part.places.set(tag.face.id, tag.face.choice); drawTag(context, tag, size) })
    overlay.dataset.tags = JSON.stringify(tags.map(({ x, y, w, h, face }) => [face.id, x, y, w, h, face.text]))
    overlay.dataset.boxes = JSON.stringify(faces.map(({ id, box }) => [id, box.x, box.y, box.w, box.h]))
    overlay.dataset.place = JSON.stringify([left, top, scale])
}

const strokeBox = (context, { box, color }, size) => {
    context.lineJoin = "round"
    for (const [style, line] of [["rgba(10,14,18,.75)", 0.28], [color, 0.16]]) {  // the dark line sets the color off
        context.strokeStyle = style
        context.lineWidth = Math.max(1.5, size * line)
        context.beginPath()
        context.roundRect(box.x, box.y, box.w, box.h, size * 0.4)
        context.stroke()
    }
}

const drawTag = (context, { x, y, w, h, face }, size) => {
    context.textBaseline = "middle"
    context.textAlign = "left"
    context.fillStyle = face.color
    context.beginPath()
    context.roundRect(x, y, w, h, size * 0.35)
    context.fill()
    if (face.chip) {
        context.fillStyle = faceColor(face.id)
        context.beginPath()
        context.roundRect(x, y, face.chip, h, [size * 0.35, 0, 0, size * 0.35])
        context.fill()
        context.fillStyle = "#fff"
        context.fillText(String(face.id), x + size * 0.35, y + h / 2 + 1)
    }
    context.fillStyle = lightOn(face.color)
    context.fillText(face.text, x + face.chip + size * 0.45, y + h / 2 + 1)
}

const drawBars = (context, { box, face }, size, width) => {
    const line = size * 0.62, length = size * 3, pad = size * 0.3
    const values = probabilitiesOf(face)
    const panel = { w: length + 2 * pad, h: values.length * line + 2 * pad }
    const x = box.x + box.w + pad + panel.w <= width ? box.x + box.w + pad : Math.max(0, box.x - pad - panel.w)
    context.fillStyle = "rgba(10,14,18,.6)"
    context.beginPath()
    context.roundRect(x, box.y, panel.w, panel.h, size * 0.3)
    context.fill()
    values.forEach((value, i) => {
        context.fillStyle = state.data.emotions[i].color
        context.fillRect(x + pad, box.y + pad + i * line + 1, Math.max(2, value * length), line - 2)
    })
}

const drawCrops = () => {
    const element = video(), { reading } = state
    if (!reading || reading.faces.length < 2 || !element.videoWidth) return
    const scale = element.videoWidth / reading.width
    for (const part of state.parts.values()) {
        for (const one of part.readings) {
            for (const row of one.find(".faces").children) {
                const face = reading.faces.find(({ track_id }) => String(track_id) === row.dataset.id)
                if (!face) continue
                const [x0, y0, x1, y1] = face.box_xyxy.map((value) => value * scale)
                const from = element.style.transform ? element.videoWidth - x1 : x0
                const crop = row.querySelector(".crop")
                crop.style.transform = element.style.transform
                crop.getContext("2d").drawImage(element, from, y0, x1 - x0, y1 - y0, 0, 0, crop.width, crop.height)
            }
        }
    }
}

// -------------------------------------------------------------------------------------------------------- the curve

const drawCurve = (now) => {
    const part = state.parts.get("curve")
    if (!part || now - state.curveMs < (busy() ? 500 : 100)) return
    state.curveMs = now
    const { context, width, height } = fit(part.canvas)
    const { course } = state, style = getComputedStyle(part.canvas)
    const ids = lastSeen(course, 6)
    const several = course.slice(-100).some(({ faces }) => faces.length > 1)
    const strips = several ? ids.length : 1
    const plot = { left: 38, top: 8, width: width - 38 - 70, height: height - 30 - strips * 11 }
    part.plot = plot
    const end = course.length ? course.at(-1).time_s : 0
    const span = sampling() ? Math.max(end, 1) : Math.min(RECENT_S, Math.max(10, end - (course[0]?.time_s ?? 0)))
    const from = sampling() ? 0 : end - span
    const x = (time_s) => plot.left + ((time_s - from) / span) * plot.width
    const y = (share) => plot.top + (1 - share) * plot.height
    context.font = `12px ${style.fontFamily}`
    drawAxes(context, plot, from, span, x, y, several, style.color)
    const names = []
    const step = Math.max(1, Math.floor(course.length / 300))
    const rows = course.filter((row, i) => i % step === 0 || i === course.length - 1)
    if (several) {
        ids.forEach((id) => line(context, rows, x, (row) => {
            const face = row.faces.find(({ track_id }) => track_id === id)
            return face ? y((face.valence + 1) / 2) : null
        }, { color: faceColor(id), text: String(id) }, plot, names))
    } else {
        state.data.emotions.forEach(({ name, color }, i) => line(context, rows, x,
            (row) => (row.probabilities ? y(row.probabilities[i]) : null), { color, text: _(name) }, plot, names))
    }
    writeNames(context, names, plot, style.color)
    const tops = Array.from({ length: strips }, (_, i) => plot.top + plot.height + 24 + 11 * i)
    if (several) {
        ids.forEach((id, i) => {
            const name = { color: faceColor(id), text: String(id), right: plot.left - 6 }
            drawStrip(context, rows, x, tops[i], (row) => labelIn(row, id), name)
        })
    } else drawStrip(context, rows, x, tops[0], (row) => row.label)
    if (sampling() && course.length) {
        context.fillStyle = style.color
        context.fillRect(x(Math.min(video().currentTime, end)) - 1, plot.top, 2, plot.height + 24 + strips * 11 - 2)
    }
    const votes = (state.reading ?? state.clip?.[0])?.learned_from === "votes"
    const title = several ? _("How pleasant each face reads, from unpleasant (bottom) to pleasant (top), with its label below")
        : votes ? _("Share of people who would name each expression, with the label below")
            : _("Probability of each expression, with the label below")
    if (part.title !== title) { part.title = title; part.find(".title").textContent = title; part.canvas.ariaLabel = title }
}

const labelIn = (row, id) => row.faces.find(({ track_id }) => track_id === id)?.label

// A strip of labels over time, with a name before it if there is one.
const drawStrip = (context, rows, x, top, labelOf, name = null) => {
    rows.forEach((row, i) => {
        const label = labelOf(row)
        if (!label || label === "no face") return
        const begin = x(row.time_s)
        const end = i + 1 < rows.length ? Math.min(x(rows[i + 1].time_s), x(row.time_s + 1)) : begin + 2
        context.fillStyle = colorOf(label)
        context.fillRect(begin, top, Math.max(1, end - begin + 0.5), 8)
    })
    if (!name) return
    context.fillStyle = name.color
    context.textBaseline = "middle"
    context.textAlign = "right"
    context.fillText(name.text, name.right, top + 4)
}

// The faces that were seen last, at most so many, in the order of their numbers.
const lastSeen = (course, most) => {
    const ids = new Set()
    for (let i = course.length - 1; i >= 0 && ids.size < most; i -= 1) {
        for (const { track_id } of course[i].faces) if (ids.size < most) ids.add(track_id)
    }
    return [...ids].sort((a, b) => a - b)
}

const drawAxes = (context, plot, from, span, x, y, several, color) => {
    context.fillStyle = color
    context.strokeStyle = color
    context.lineWidth = 1
    context.textBaseline = "middle"
    context.textAlign = "right"
    for (const share of [0, 0.5, 1]) {
        const name = several ? ["−1", "0", "1"][share * 2] : `${share * 100} %`
        context.fillText(name, plot.left - 6, y(share))
        context.globalAlpha = 0.2
        context.fillRect(plot.left, Math.round(y(share)), plot.width, 1)
        context.globalAlpha = 1
    }
    context.textAlign = "center"
    context.textBaseline = "top"
    const unit = [1, 2, 5, 10, 20].find((one) => span / one <= 7) ?? 30
    for (let time_s = Math.ceil(from / unit) * unit; time_s <= from + span; time_s += unit) {
        if (time_s >= 0) context.fillText(`${time_s} s`, x(time_s), plot.top + plot.height + 6)
    }
}

const line = (context, rows, x, y, name, plot, names) => {
    context.strokeStyle = name.color
    context.lineWidth = 2
    context.lineJoin = "round"
    context.beginPath()
    let pen = false, last = null
    for (const row of rows) {
        const height = y(row)
        if (height === null) { pen = false; continue }
        if (pen) context.lineTo(x(row.time_s), height)
        else context.moveTo(x(row.time_s), height)
        pen = true
        last = height
    }
    context.stroke()
    if (last !== null && last < plot.top + plot.height * 0.85) names.push({ ...name, y: last })  // only those that stand out
}

// Write the lines' names at their ends, moved apart where they would cover each other. Some of the lines' colors are too
// light to read, so that a dot has the color and the name is written as the rest of the page.
const writeNames = (context, names, plot, textColor) => {
    context.textAlign = "left"
    context.textBaseline = "middle"
    let free = -Infinity
    for (const { color, text, y } of names.sort((a, b) => a.y - b.y)) {
        const at = Math.max(y, free)
        free = at + 13
        context.fillStyle = color
        context.beginPath()
        context.arc(plot.left + plot.width + 8, at, 3, 0, 2 * Math.PI)
        context.fill()
        context.fillStyle = textColor
        context.fillText(text, plot.left + plot.width + 14, at)
    }
}

// ------------------------------------------------------------------------------------------------------------ the loop

// A server that cannot keep up with the camera may run on this very machine: then boxes move ten times a second, and the
// curve twice.
const busy = () => state.busy && !sampling()

// Boxes move with each new picture of the camera, and with each frame of the display where there is none.
const schedule = () => {
    const element = video(), draw = () => { state.frame = requestAnimationFrame(tick) }
    if (busy()) state.timer = setTimeout(draw, BUSY_MS)
    else if (!sampling() && element.requestVideoFrameCallback && element.srcObject && !element.paused) {
        let waiting = true
        const once = () => { if (waiting) { waiting = false; clearTimeout(state.timer); tick() } }
        element.requestVideoFrameCallback(once)
        state.timer = setTimeout(once, STALL_MS)
    } else draw()
}

const tick = () => {
    if (!stage()) return
    schedule()
    const now = performance.now()
    if (sampling() && state.clip?.length) {
        const reading = state.clip[sampleReading(video().currentTime)]
        if (reading !== state.reading) showReading(reading)
    } else if (state.pending) {
        const reading = state.pending
        state.pending = null
        showReading(reading)
    } else if (state.reading && !sampling() && !state.paused && now - state.arrivedMs > STALE_MS) showReading(null)
    drawOverlay(now)
    drawCurve(now)
    if (now - state.cropMs > 200) { state.cropMs = now; drawCrops() }
}

const update = () => {
    const part = stage()
    if (!part) return
    const { data } = state, { source } = data
    part.root.dataset.source = source
    part.root.dataset.running = String(running())
    part.fresh = true
    const shown = {
        stop: running(), pause: running() || sampling(), again: source === "file" && !running() && data.played, new: running(),
        sample: !sampling() && !running(), present: true, keys: true, settings: hasSidebar(),
    }
    for (const button of part.root.querySelectorAll(".controls [data-do]")) button.hidden = !shown[button.dataset.do]
    part.find(".choose").hidden = running()
    part.find(".credit").hidden = !sampling()
    if (!running()) part.find(".device").hidden = true
    if (!running() && !sampling() && state.paused) rest(false)
    if (state.ran && !running()) leaveCamera()  // also if the server had no place
    state.ran = running()
    if (running()) state.asked = 0
    if (sampling()) { hush(); showSample() } else if (video().dataset.sample) leaveSample()
    if (!sampling()) listen()
    if (state.shownTrack && state.stream) video().style.transform = source === "camera" && !burned() && mirrored() ? "scaleX(-1)" : ""
    if (running() && source === "camera" && !burned() && state.stream) showTrack(state.stream.getVideoTracks()[0], "camera")
    if (!running() && !sampling()) showReading(null)
    rememberSession()
}

// A reload begins another session of Streamlit's; the former one's results are found again by its token.
const rememberSession = () => {
    const { token, seen } = state.data
    const former = sessionStorage.getItem("emotion_live")
    if (!state.askedFormer && former && former !== token && !seen) state.act("former", { token: former })
    else if (seen || running()) sessionStorage.setItem("emotion_live", token)
    state.askedFormer = true
}

const onVisibility = () => tellRest()
let timer = null

const look = () => {
    watchPlayers(lend)
    findReturnedTrack()
    limitSending()
    askAgain()
    stage().find("[data-do=settings]").hidden = !hasSidebar()
}

const begin = () => {
    cancelAnimationFrame(state.frame)  // of a mount that this one replaces
    clearTimeout(state.timer)
    clearInterval(timer)
    document.addEventListener("keydown", onKey, true)
    document.addEventListener("visibilitychange", onVisibility)
    timer = setInterval(look, LOOK_MS)
    look()
    tick()
    window.emotionStage = Object.assign(state, { connections })  // for tests and benchmarks
}

const end = () => {
    cancelAnimationFrame(state.frame)
    clearTimeout(state.timer)
    clearInterval(timer)
    document.removeEventListener("keydown", onKey, true)
    document.removeEventListener("visibilitychange", onVisibility)
    leaveCamera()
    hush()
    Object.assign(state, { reading: null, pending: null, course: [], clip: null, shownTrack: null, paused: false, presenting: false })
}

export default function ({ data, parentElement, setTriggerValue }) {
    const name = data.part
    if (name === "stage") {
        state.data = data
        state.act = (action, more) => setTriggerValue("action", { name: action, ...more })
    }
    if (!Object.keys(state.data).length) state.data = data
    const known = state.parts.get(name)
    if (known?.parent !== parentElement) {
        known?.root.remove()
        const part = build(name, parentElement)
        part.parent = parentElement
        state.parts.set(name, part)
        if (name === "stage") begin()
    }
    if (name === "stage") update()
    state.curveMs = 0
    if (state.reading) showReading(state.reading)
    return () => {
        if (state.parts.get(name)?.parent !== parentElement) return
        state.parts.get(name).root.remove()
        state.parts.delete(name)
        if (name === "stage") end()
    }
}
