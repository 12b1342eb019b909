#!/bin/sh
# The browser tests need Chromium, and a font for its pages. Installs them where it may; otherwise says what to install.
set -u

have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    [ -n "${CHROMIUM:-}" ] && [ -x "$CHROMIUM" ]
}

have_browser && exit 0

packages="chromium fonts-dejavu-core"
if command -v apt-get >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ]; then
        sudo=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo="sudo -n"
    else
        sudo="none"
    fi
    if [ "$sudo" != none ]; then
        echo "Installing $packages for the browser tests"
        $sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $packages >/dev/null
    fi
fi

have_browser && exit 0
echo "The browser tests need Chromium. Install it and run again; on Debian or Ubuntu:" >&2
echo "    sudo apt-get install $packages" >&2
echo "or point the variable CHROMIUM to a Chromium or Chrome program." >&2
exit 1
