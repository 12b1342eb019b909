#!/bin/sh
# Train the flagship from FER-2013 and the votes of FER+: fit the student, make a model of it, measure that.
# Interrupted at any time, the same command goes on from the last epoch. Everything lands in out/flagship/.
set -eu

data=${1:?"FER-2013, a folder, fer2013.csv or a zip of either: make flagship DATA=DIR [VOTES=FILE]"}
python=${PYTHON:-python}
out=${OUT:-out/flagship}
"$python" -c "import torch" 2>/dev/null || {
    echo "PyTorch is missing. Install it: $python -m pip install torch (for a GPU, see pytorch.org)." >&2
    exit 2
}
set -- "$data" --out "$out"
[ -z "${VOTES:-}" ] || set -- "$@" --votes "$VOTES"
# TEACHERS=fit trains the teacher, too; ARGS="--epochs 2 --every 40" is a trial.
[ -f "$out/student.npz" ] ||
    "$python" -m scripts.flagship.fit_votes "$@" ${TEACHERS:+--teachers "$TEACHERS"} ${ARGS:-}
[ -f "$out/models/flagship/card.json" ] || "$python" -m scripts.flagship.install_votes "$@"
for labels in votes original; do
    EMOTION_MODELS_DIR="$out/models" "$python" -m emotion_core evaluate --model flagship --data "$data" \
        --labels "$labels" ${VOTES:+--fer-plus "$VOTES"}
done
