// What all pages use of the browser and of Streamlit's own elements: the language, and on a narrow screen, the drawer with the pages. It stays open after a
// choice, and after a reload, so it is closed once for each visit to a page.

const NARROW = 768
const TRIES = 6  // after a reload, Streamlit opens the drawer a moment after the page's elements
let closedFor = null

const close = () => {
    const drawer = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]')
    drawer?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}

// The language of the texts, for screen readers and for the next visit.
const remember = ({ language, chosen }) => {
    document.documentElement.lang = language
    if (chosen) document.cookie = `emotion_language=${chosen}; path=/; max-age=31536000; SameSite=Lax`
}

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
