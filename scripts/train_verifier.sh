#!/bin/sh
# Train the face verifier from FER-2013 and pictures without a face, and make its file and card of it.
# Interrupted at any time, the same command goes on from the last epoch. Everything lands in out/verifier/.
set -eu

data=${1:?"FER-2013 and pictures: make verifier DATA=DIR PICTURES=\"DIR …\""}
pictures=${PICTURES:?"folders of pictures without a face: make verifier DATA=DIR PICTURES=\"DIR …\""}
python=${PYTHON:-python}
out=${OUT:-out/verifier}
"$python" -c "import torch" 2>/dev/null || {
    echo "PyTorch is missing. Install it: $python -m pip install torch (see pytorch.org)." >&2
    exit 2
}
# shellcheck disable=SC2086  # several folders
"$python" -m scripts.verifier.fit "$data" --pictures $pictures --out "$out" ${ARGS:-}
"$python" -m scripts.verifier.install "$data" --out "$out" --to "${TO:-$out/models/detectors/verifier}"
