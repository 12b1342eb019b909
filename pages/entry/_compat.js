// What all pages use of the browser and of Streamlit's own elements:
//
// - The language, for screen readers and for the next visit.
// - On a narrow screen, the drawer with the pages. It stays open after a choice, and after a reload, so it is closed once
//   for each visit to a page.
// - The main part. A button that is gone once it was pressed takes the keyboard's focus with it, and Tab would go on after
//   what has come in its place: the focus goes to the main part instead.

const NARROW = 768
const TRIES = 6  // after a reload, Streamlit opens the drawer a moment after the page's elements
const FOLLOW_MS = 100
let closedFor = null
let pressed = null, following = null

const close = () => {
    const drawer = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]')
    drawer?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}

const remember = ({ language, chosen }) => {
    document.documentElement.lang = language
    if (chosen) document.cookie = `emotion_language=${chosen}; path=/; max-age=31536000; SameSite=Lax`
}

const follow = () => {
    if (document.activeElement === pressed) return
    clearInterval(following)
    following = null
    if (pressed.isConnected || document.activeElement !== document.body) return
    document.querySelector('[data-testid="stMain"]')?.focus({ preventScroll: true })
}

document.addEventListener("keydown", ({ key }) => {
    if ((key !== "Enter" && key !== " ") || !document.activeElement.closest('[data-testid="stMain"]')) return
    pressed = document.activeElement
    following ??= setInterval(follow, FOLLOW_MS)
})

export default function ({ data }) {
    remember(data)
    if (window.innerWidth >= NARROW || closedFor === data.visit) return
    closedFor = data.visit
    let tries = 0
    const timer = setInterval(() => {
        close()
        if (++tries < TRIES) return
        clearInterval(timer)
        document.body.dataset.visit = data.visit  // from now on, the drawer is the visitor's
    }, 100)
}
