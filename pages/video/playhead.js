// The playhead of the page Video: a line over the curve at the time that the video shows. A click on the curve seeks,
// and so do the arrow keys once the line has the focus.
//
// Streamlit may replace the video or the chart at any time. So nothing is attached to either: the document hears their
// events, and they are looked for again a few times a second. `plotOf` comes from _compat.js, which stands before this
// text.

const LOOK_MS = 250
const STEP_S = 1, FINE_S = 0.1
const CLICK_PX = 5            // a pointer that moved farther did not click
const MOVES = ["loadedmetadata", "play", "seeking", "seeked", "timeupdate"]
const calm = matchMedia("(prefers-reduced-motion: reduce)")  // then the line moves with `timeupdate`, 4 times a second

const build = (parent) => {
    const root = document.createElement("div")
    root.className = "playhead"
    root.innerHTML = `<div class="playhead-plot" role="slider" tabindex="0" aria-valuemin="0"><i></i></div>`
    parent.append(root)
    const slider = root.firstChild, line = slider.firstChild, ending = new AbortController()
    let data = {}, video = null, plot = null, pressed = null, frame = 0

    const draw = () => {
        if (!plot) return
        const time_s = Math.min(video.currentTime, data.end_s)
        line.style.transform = `translateX(${(time_s / data.end_s) * plot.width}px)`
        slider.ariaValueNow = time_s.toFixed(1)
        slider.ariaValueText = data.value.replace("{time}", time_s.toFixed(1)).replace("{end}", data.end_s.toFixed(1))
        cancelAnimationFrame(frame)
        if (!video.paused && !calm.matches) frame = requestAnimationFrame(draw)
    }
    const look = () => {
        const chart = document.querySelector(`.st-key-${data.chart}`)
        video = document.querySelector(`.st-key-${data.video} video`)
        plot = (video && data.end_s > 0 && chart && plotOf(chart)?.getBoundingClientRect()) || null
        root.hidden = !plot
        if (!plot) return
        const origin = root.getBoundingClientRect()
        slider.style.translate = `${plot.left - origin.left}px ${plot.top - origin.top}px`
        Object.assign(slider.style, { width: `${plot.width}px`, height: `${plot.height}px` })
        draw()
    }
    const seek = (time_s) => {
        video.currentTime = Math.max(0, Math.min(data.end_s, time_s))
        draw()
    }
    const press = (event) => {
        const onChart = event.isPrimary && event.button === 0 && event.target.closest(`.st-key-${data.chart}`)
        pressed = onChart && !event.target.closest("button") ? event : null
    }
    const release = (event) => {
        const from = pressed
        pressed = null
        if (!from || Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) > CLICK_PX) return
        look()  // the page may have scrolled since
        if (!plot || event.clientY < plot.top || event.clientY > plot.bottom) return
        const share = (event.clientX - plot.left) / plot.width
        if (share >= 0 && share <= 1) seek(share * data.end_s)
    }
    const key = (event) => {
        if (!plot || event.ctrlKey || event.metaKey || event.altKey) return
        const now = video.currentTime, step = event.shiftKey ? FINE_S : STEP_S
        const to = {
            ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step,
            Home: 0, End: data.end_s,
        }[event.key]
        if (to === undefined) return
        event.preventDefault()  // the page would scroll
        seek(to)
    }

    const listen = (name, act) => document.addEventListener(name, act, { capture: true, signal: ending.signal })
    listen("pointerdown", press)
    listen("pointerup", release)
    for (const name of MOVES) listen(name, (event) => { if (event.target === video) draw() })
    slider.addEventListener("keydown", key)
    const timer = setInterval(look, LOOK_MS)
    return {
        calls: 0,
        show: (shown) => {
            data = shown
            slider.ariaLabel = data.label
            slider.ariaValueMax = data.end_s
            look()
        },
        end: () => {
            ending.abort()
            clearInterval(timer)
            cancelAnimationFrame(frame)
            plot = null
            root.remove()
        },
    }
}

// Streamlit calls this again after each rerun of the page. The element stays, or it would lose the focus.
export default function ({ data, parentElement }) {
    const playhead = (parentElement.playhead ??= build(parentElement))
    const call = ++playhead.calls
    playhead.show(data)
    return () => {
        if (call !== playhead.calls) return  // the end of a call that another one has followed
        playhead.end()
        delete parentElement.playhead
    }
}
