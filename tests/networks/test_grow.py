"""A larger network that starts from the weights of a smaller one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.train.network_helpers import small

pytestmark = pytest.mark.slow
FACES = np.random.default_rng(4).random((5, 48, 48, 1), dtype=np.float32)


def test_the_wider_network_answers_as_the_narrower_one() -> None:
    from emotion_core.networks.grow import grow

    narrow, wide = small((8, 16)), small((16, 24))
    before = wide.predict_on_batch(FACES)
    expected = narrow.predict_on_batch(FACES)
    assert abs(before - expected).max() > 0.01
    assert grow(wide, narrow)
    assert wide.predict_on_batch(FACES) == pytest.approx(expected, abs=1e-6)


def test_new_filters_learn_different_things() -> None:
    from emotion_core.networks.grow import grow

    narrow, wide = small((8, 16)), small((16, 24))
    grow(wide, narrow)
    stem = wide.layers[2].get_weights()[0]
    new = stem[..., 8:].reshape(9, 8).T
    assert np.linalg.matrix_rank(new) == 8


@pytest.mark.parametrize(("widths", "blocks"), [((8, 12), (1, 1)), ((16, 24), (1, 2))])
def test_a_network_of_fewer_filters_or_other_layers_stays_as_it_is(
    widths: tuple[int, ...], blocks: tuple[int, ...]
) -> None:
    from emotion_core.networks.grow import grow

    target = small(widths, blocks)
    before = target.get_weights()
    assert not grow(target, small((8, 16)))
    for mine, then in zip(target.get_weights(), before, strict=True):
        assert np.array_equal(mine, then)


@pytest.mark.parametrize("change", ["kernel", "flattened"])
def test_other_kernels_and_flattened_filters_cannot_grow(change: str) -> None:
    import keras

    from emotion_core.networks.grow import grow

    def network(filters: int, kernel: int) -> keras.Model:
        pool = keras.layers.Flatten() if change == "flattened" else keras.layers.GlobalAveragePooling2D()
        convolution = keras.layers.Conv2D(filters, kernel, padding="same")
        return keras.Sequential([keras.Input((6, 6, 1)), convolution, pool, keras.layers.Dense(7)])

    wide = network(8, 5) if change == "kernel" else network(8, 3)
    assert not grow(wide, network(4, 3))


def test_the_second_stem_contributes_nothing_at_first_and_learns() -> None:
    import keras

    from emotion_core.networks.architectures import fine_se_resnet, wide_se_resnet
    from emotion_core.networks.grow import grow

    narrow, fine = wide_se_resnet.build(), fine_se_resnet.build()
    assert not grow(fine, narrow)
    assert grow(fine, narrow, fine_se_resnet.ARCHITECTURE.added_prefix)
    assert np.array_equal(fine.predict_on_batch(FACES), narrow.predict_on_batch(FACES))
    third = fine.get_layer("fine_third")
    assert not third.get_weights()[0].any()
    fine.compile(optimizer=keras.optimizers.SGD(0.1), loss="categorical_crossentropy", jit_compile=False)
    fine.train_on_batch(FACES, np.eye(7, dtype=np.float32)[[0, 1, 3, 4, 6]])
    assert third.get_weights()[0].any()


def test_a_network_starts_from_one_with_the_same_added_layers() -> None:
    import keras

    from emotion_core.networks.architectures import fine_se_resnet
    from emotion_core.networks.grow import grow

    fine, other = fine_se_resnet.build(), fine_se_resnet.build()
    third = other.get_layer("fine_third")
    third.set_weights([keras.random.normal(value.shape, seed=1) for value in third.get_weights()])
    assert grow(fine, other, fine_se_resnet.ARCHITECTURE.added_prefix)
    assert fine.predict_on_batch(FACES) == pytest.approx(other.predict_on_batch(FACES), abs=1e-6)
