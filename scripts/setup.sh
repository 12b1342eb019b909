#!/bin/sh
# Set up the virtual environment. Called again, it does only what is still to be done.
#
#     sh scripts/setup.sh        what the dashboard needs
#     sh scripts/setup.sh dev    also what checks, tests and benchmarks need
#
# Variables: PYTHON, the Python to use (default: the best one, see choose_python.sh); VENV, the folder (default: .venv).
set -u
trap 'exit 130' INT # else a shell may go on with the next command when pip was interrupted
trap 'exit 143' TERM HUP

cd "$(dirname "$0")/.." || exit 1
venv=${VENV:-.venv}
python=$venv/bin/python
unfinished=$venv/.unfinished
requirements=requirements.txt
stamp=$venv/.installed
if [ "${1:-}" = dev ]; then
    requirements=requirements-dev.txt
    stamp=$venv/.installed-dev
fi

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null </dev/null; }

uv_runs() { uv --version >/dev/null 2>&1; } # a shim may be on PATH and not run

# Why the environment that is there cannot stay; nothing if it can.
fault() {
    have=$(version_of "$python")
    if [ -e "$unfinished" ]; then
        echo "its set-up was interrupted"
    elif [ -z "$have" ]; then
        echo "its Python is gone or does not run"
    elif [ "${have#3.}" -lt 11 ]; then
        echo "it has Python $have, and 3.11 or newer is needed"
    elif [ -n "${PYTHON:-}" ] && [ "$have" != "$(version_of "$PYTHON")" ]; then
        echo "it has Python $have, and PYTHON asks for $(version_of "$PYTHON")"
    fi
}

make_environment() {
    chosen=$(sh scripts/choose_python.sh ${PYTHON:+"$PYTHON"}) || exit 1
    rm -rf "$venv"
    mkdir -p "$venv"
    : >"$unfinished"
    uv_runs && uv venv --quiet --seed --allow-existing --python "$chosen" "$venv" && return
    "$chosen" -m venv "$venv" && return
    rm -rf "$venv"
    echo "Python's venv module is needed; on Debian or Ubuntu: sudo apt-get install python$(version_of "$chosen")-venv" >&2
    exit 1
}

# uv takes a fifth of pip's time (docs/performance.md), so it is worth fetching where it is missing.
find_uv() {
    uv_runs && command -v uv && return
    if [ ! -x "$venv/bin/uv" ]; then
        echo "Fetching uv, which installs much faster than pip" >&2
        "$python" -m pip install --quiet --disable-pip-version-check ${constraints:+-c "$constraints"} uv >&2
    fi
    [ -x "$venv/bin/uv" ] && echo "$venv/bin/uv"
}

install() {
    set -- -r "$requirements" ${constraints:+-c "$constraints"}
    # Bytecode for all takes longer than installing, and most modules are never imported. Python writes that of a module
    # at its first import, but where this variable keeps it from doing so.
    if [ -n "${PYTHONDONTWRITEBYTECODE:-}" ]; then uv_bytecode=--compile-bytecode pip_bytecode=--compile
    else uv_bytecode=--no-compile-bytecode pip_bytecode=--no-compile; fi
    uv=$(find_uv) && "$uv" pip install $uv_bytecode --python "$python" "$@" && return
    echo "uv cannot do it here, so pip does, which takes some minutes."
    "$python" -m pip install $pip_bytecode --disable-pip-version-check "$@"
}

if [ -n "${PYTHON:-}" ] && [ -z "$(version_of "$PYTHON")" ]; then
    sh scripts/choose_python.sh "$PYTHON" # says what is wrong with it
    exit 1
fi
if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ] && [ ! -e "$unfinished" ]; then
    echo "VENV=$venv is no virtual environment. Remove it, or name another folder: make VENV=FOLDER run" >&2
    exit 1
fi
if [ ! -e "$venv" ]; then
    make_environment
elif why=$(fault) && [ -n "$why" ]; then
    echo "The virtual environment $venv is made anew: $why."
    make_environment
fi

version=$(version_of "$python")
constraints=constraints/python-$version.txt
[ -e "$constraints" ] || constraints=""
[ -e "$stamp" ] && [ -z "$(find requirements.txt "$requirements" ${constraints:+"$constraints"} -newer "$stamp")" ] && exit 0

if [ -e "$venv/.installed" ]; then
    echo "Installing what $requirements and constraints/ ask for since the last time"
else
    size="0.4 GB to download, 1.1 GB on disk"
    grep -q '^tensorflow==' "${constraints:-$0}" && size="1 GB to download, 3 GB on disk, more than half of it TensorFlow"
    echo "Installing the packages into $venv, which happens once: $size."
fi
if [ -z "$constraints" ]; then
    echo "Python $version is newer than all that were tried: the newest releases within the bounds of $requirements are taken."
fi
: >"$unfinished"
if ! install; then
    # What worked until now still does: pip and uv change nothing before they have all they need.
    [ -e "$venv/.installed" ] && rm -f "$unfinished"
    echo "The packages could not be installed; what is wrong stands above. Calling make again starts over; downloads are kept." >&2
    [ -n "$constraints" ] || echo "An older Python may do: make PYTHON=/path/to/python3.13 run" >&2
    exit 1
fi
touch "$stamp" "$venv/.installed"
rm -f "$unfinished"
