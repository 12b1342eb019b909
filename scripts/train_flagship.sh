#!/bin/sh
# Train the flagship from FER-2013 in six fits: from scratch; refined, with the first one as start and teacher; with
# half as many filters again, the second one as start and teacher; another network from scratch, to teach beside the
# third; the third with a way in at full resolution, looking for flat minima; that one once more, with all three of them
# as teachers.
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

# The second and the third fit of the same family; how the last one is fitted stands in the preset.
middle="--preset refine --augmentation live --sharpness 0"

fit flagship-base --preset flagship --title "Flagship, first fit"
fit flagship-refined $middle --title "Flagship, second fit" --arch compact_se_resnet --epochs 68 \
    --start-from flagship-base --teacher flagship-base
fit flagship-wide $middle --title "Flagship, third fit" --arch wide_se_resnet --epochs 36 \
    --start-from flagship-refined --teacher flagship-refined --export int8
fit flagship-second --preset flagship --title "Flagship's second teacher" --arch slim_se_resnet \
    --epochs 60 --seed 11
fit flagship-fine --keep best --preset refine --title "Flagship, fourth fit" --epochs 44 --mixup 0 --sharpness 0.8 \
    --seed 31 --start-from flagship-wide --teacher flagship-wide,flagship-second --export int8
fit flagship --keep best --preset refine --title Flagship --seed 41 --start-from flagship-fine \
    --teacher flagship-fine,flagship-wide,flagship-second --export int8
"$python" -m emotion_core evaluate --model flagship --data "$data" --split test
