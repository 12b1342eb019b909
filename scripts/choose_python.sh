#!/bin/sh
# Print the path of the Python to set up with; say on standard error, in one line, which it is and why.
#
#     sh scripts/choose_python.sh            the best one on PATH
#     sh scripts/choose_python.sh PYTHON     this one, if it is new enough
#
# The best is the newest that TensorFlow has a release for, which the files in constraints/ tell. Next comes the newest
# other one with such a file, then one that is newer than all of them.
set -u

constraints=$(dirname "$0")/../constraints
how="make PYTHON=/path/to/python3 run"

# "MINOR VERSION PATH" of a CPython 3; nothing if it does not run, as a pyenv shim whose version is switched off.
# Of a virtual environment, the Python it was made with: the environment itself may be about to go.
describe() {
    "$1" -c 'import sys
if sys.implementation.name == "cpython" and sys.version_info[0] == 3:
    path = getattr(sys, "_base_executable", None) or sys.executable
    print(sys.version_info[1], "%d.%d.%d" % sys.version_info[:3], path)' 2>/dev/null </dev/null
}

# The minor versions of the constraints files named on standard input, the newest first.
minors() { sed -n 's/.*python-3\.\([0-9]*\)\.txt$/\1/p' | sort -rn; }

tested=$(ls "$constraints"/python-3.*.txt | minors)
complete=$(grep -l '^tensorflow==' "$constraints"/python-3.*.txt | minors)
newest=$(echo "$tested" | head -n 1)

# Say why, and print the path of the line of `describe` that is given.
take() {
    read -r minor version path <<LINE
$1
LINE
    if echo "$complete" | grep -qx "$minor"; then
        why=$2
    elif [ "$minor" -gt "$newest" ]; then
        why="newer than 3.$newest, the last that was tried; packages may be missing for it"
    else
        why="TensorFlow has no release for it, so all works but training, converting Keras files and Grad-CAM"
    fi
    echo "Python $version ($path): $why." >&2
    printf '%s\n' "$path"
    exit 0
}

if [ -n "${1:-}" ]; then
    line=$(describe "$1")
    if [ -z "$line" ]; then
        echo "PYTHON=$1 does not run, or is no CPython 3. Python 3.11 or newer is needed: $how" >&2
        exit 1
    elif [ "${line%% *}" -lt 11 ]; then
        echo "PYTHON=$1 is too old: $(echo "$line" | cut -d ' ' -f 2). Python 3.11 or newer is needed: $how" >&2
        exit 1
    fi
    take "$line" "the one that PYTHON names"
fi

found=$(
    IFS=:
    for folder in $PATH; do
        for file in "$folder"/python3.[0-9] "$folder"/python3.[0-9][0-9] "$folder"/python3 "$folder"/python; do
            [ -f "$file" ] && [ -x "$file" ] && describe "$file"
        done
    done
)
newer=$(echo "$found" | cut -d ' ' -f 1 | sort -nu | while read -r minor; do
    [ "${minor:-0}" -gt "$newest" ] && echo "$minor"
done)
for minor in $complete $tested $newer; do
    line=$(echo "$found" | grep "^$minor " | head -n 1)
    [ -n "$line" ] && take "$line" "the newest here that everything works with"
done

echo "Python 3.11 or newer is needed$([ -n "$found" ] && echo "$found" | head -n 1 | cut -d ' ' -f 2- | sed 's/.*/, and not found (only &)/')." >&2
echo "Install one, for example with: sudo apt-get install python3 python3-venv; brew install python; uv python install" >&2
echo "If there is one that is not on PATH: $how" >&2
exit 1
