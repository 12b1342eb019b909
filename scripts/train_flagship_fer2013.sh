#!/bin/sh
# Train flagship_fer2013, the model of the original labels, in six fits: from scratch; refined, with the first one as start and teacher; with
# half as many filters again, the second one as start and teacher; another network from scratch, to teach beside the
# third; the third with a way in at full resolution, looking for flat minima; that one once more, with all three of them
# as teachers.
# Interrupted at any time, the same command goes on from the last epoch. Everything lands in out/flagship_fer2013/.
set -eu

data=${1:?"the folder, fer2013.csv or zip of FER-2013: make flagship_fer2013 DATA=DIR"}
python=${PYTHON:-python}
export EMOTION_RUNS_DIR="${EMOTION_RUNS_DIR:-$PWD/out/flagship_fer2013/runs}"
export EMOTION_MODELS_DIR="${EMOTION_MODELS_DIR:-$PWD/out/flagship_fer2013/models}"

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

# A cycle from random weights, and one that goes on from another model, which also teaches.
cycle="--optimizer sgd --batch-size 128 --weight-decay 0.005 --weight-average 0.999 --deduplicate --precision mixed_bfloat16"
scratch="$cycle --learning-rate 0.05 --warmup-epochs 3 --label-smoothing 0.1 --augmentation strong --mixup 0.2"
refined="$cycle --learning-rate 0.03 --warmup-epochs 2 --label-smoothing 0 --mixup 0.2"
sharp="$refined --arch fine_se_resnet --augmentation field --keep best --export int8"

fit flagship-base $scratch --arch compact_se_resnet --epochs 84 --title "Flagship, first fit"
fit flagship-refined $refined --augmentation live --title "Flagship, second fit" --arch compact_se_resnet --epochs 68 \
    --start-from flagship-base --teacher flagship-base
fit flagship-wide $refined --augmentation live --title "Flagship, third fit" --arch wide_se_resnet --epochs 36 \
    --start-from flagship-refined --teacher flagship-refined --export int8
fit flagship-second $scratch --title "Flagship's second teacher" --arch slim_se_resnet --epochs 60 --seed 11
fit flagship-fine $sharp --title "Flagship, fourth fit" --epochs 44 --mixup 0 --sharpness 0.8 --seed 31 \
    --start-from flagship-wide --teacher flagship-wide,flagship-second
fit flagship_fer2013 $sharp --title "Flagship (original labels)" --epochs 46 --sharpness 1.0 --seed 41 \
    --start-from flagship-fine --teacher flagship-fine,flagship-wide,flagship-second
"$python" -m emotion_core evaluate --model flagship_fer2013 --data "$data" --split test
