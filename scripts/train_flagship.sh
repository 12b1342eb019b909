#!/bin/sh
# Train the flagship from FER-2013 in four fits: from scratch; refined, with the first one as start and teacher; then
# with one and a half times and with twice as many filters, each from the one before. The last is exported with 8 bits.
# Interrupted at any time, the same command goes on from the last epoch. Everything lands in out/flagship/.
set -eu

data=${1:?"the folder, fer2013.csv or zip of FER-2013: make flagship DATA=DIR"}
python=${PYTHON:-python}
export EMOTION_RUNS_DIR="${EMOTION_RUNS_DIR:-$PWD/out/flagship/runs}"
export EMOTION_MODELS_DIR="${EMOTION_MODELS_DIR:-$PWD/out/flagship/models}"

fit() {
    name=$1
    shift
    if [ -f "$EMOTION_MODELS_DIR/$name/card.json" ]; then
        echo "$name is done"
    elif [ -d "$EMOTION_RUNS_DIR/$name" ]; then
        "$python" -m emotion_core runs resume "$name"
    else
        "$python" -m emotion_core train --data "$data" --name "$name" --keep last "$@"
    fi
}

fit flagship-base --preset flagship --title "Flagship, first fit"
fit flagship-refined --preset refine --title "Flagship, second fit" --arch compact_se_resnet --epochs 68 \
    --start-from flagship-base --teacher flagship-base
fit flagship-wide --preset refine --title "Flagship, third fit" --arch wide_se_resnet --epochs 36 \
    --start-from flagship-refined --teacher flagship-refined
fit flagship --preset refine --title Flagship --start-from flagship-wide --teacher flagship-wide --export int8
"$python" -m emotion_core evaluate --model flagship --data "$data" --split test
