// What the page Train uses of Streamlit's own elements: the one that scrolls.

export default function () {
    document.querySelector('[data-testid="stMain"]')?.scrollTo({ top: 0, behavior: "smooth" })
}
