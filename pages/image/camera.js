// Reports whether the browser denies the page the camera, or has none. It never asks for the camera itself.
// A browser that does not tell (Firefox before 131) reports no fault.

export default function ({ parentElement, setStateValue }) {
    const devices = navigator.mediaDevices
    let permission = null
    let removed = false
    const reportFault = async () => {
        const found = await devices.enumerateDevices()
        const absent = !found.some((device) => device.kind === "videoinput")
        const fault = permission?.state === "denied" ? "denied" : absent ? "absent" : ""
        if (removed || fault === (parentElement.lastFault ?? "")) return  // each report reruns the page
        parentElement.lastFault = fault
        setStateValue("fault", fault)
    }
    const start = async () => {
        if (!devices?.enumerateDevices) return  // the page is not served over HTTPS
        try {
            permission = await navigator.permissions.query({ name: "camera" })
            permission.addEventListener("change", reportFault)
        } catch {
            permission = null
        }
        devices.addEventListener("devicechange", reportFault)
        await reportFault()
    }
    start()
    return () => {
        removed = true
        devices?.removeEventListener?.("devicechange", reportFault)
        permission?.removeEventListener("change", reportFault)
    }
}
