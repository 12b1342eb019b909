// What all pages use of Streamlit's own elements: on a narrow screen, the drawer with the pages. It stays open after a
// choice, and after a reload, so it is closed once for each visit to a page.

const NARROW = 768
const TRIES = 6  // after a reload, Streamlit opens the drawer a moment after the page's elements
let closedFor = null

const close = () => {
    const drawer = document.querySelector('[data-testid="stSidebar"][data-collapsed="false"]')
    drawer?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}

export default function ({ data }) {
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
