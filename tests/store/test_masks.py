"""Masks of studies: they join, count and sort as sets of places do, and only so many bytes of them are kept."""

import random

import numpy as np
import pyarrow as pa
import pytest

from skinproof.store.masks import Masks, counts

TEXTS = np.array([40, 10, 30, 10, 20], np.int64)


def five(most_bytes: int = 1 << 20) -> Masks:
    return Masks(pa.array(["a", "b", "c", "d", "e"]), TEXTS, most_bytes)


def hits(*texts: int) -> pa.Table:
    return pa.table({"text_id": pa.array(texts, pa.int64())})


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 1000])
def test_masks_are_sets_of_places(n: int) -> None:
    chance = random.Random(n)
    masks = Masks(pa.array([f"{i:04}" for i in range(n)], pa.string()), np.arange(n, dtype=np.int64))
    one, other = ({i for i in range(n) if chance.random() < 0.4} for _ in range(2))
    first, second = (masks.of(np.array(sorted(own), np.int32)) for own in (one, other))
    assert (first & second).bit_count() == len(one & other)
    assert [text for _, text in masks.some(first & second, None, n, 0)] == sorted(one & other)
    order = np.array(chance.sample(range(n), n), np.int32)
    assert [text for _, text in masks.some(first, order, 5, 2)] == [i for i in order if i in one][2:7]
    assert masks.some(masks.all, order, 3, 1) == [(f"{i:04}", i) for i in order[1:4]]
    assert counts({"x": first, "none": 0}, second) == ([("x", len(one & other))] if one & other else [])


def test_hits_stand_in_the_order_of_the_texts_then_of_ids() -> None:
    masks = five()
    places, mask = masks.hits(hits(20, 99, 10, 40))
    assert [text for text, _ in masks.some(mask, places, 9, 0)] == ["e", "b", "d", "a"]
    assert masks.hits(hits())[1] == 0


def test_masks_are_kept_within_their_bytes_and_forgotten_when_told() -> None:
    made: list[str] = []

    def of(key: str, masks: Masks) -> int:
        def make() -> int:
            made.append(key)
            return 1

        return masks.kept((key,), make)

    masks = five(most_bytes=250)  # two masks of 100 bytes
    for key in "abcab":
        of(key, masks)
        assert masks.bytes <= 250
    assert made == ["a", "b", "c", "a", "b"]
    of("b", masks)
    masks.forget(lambda key: key == ("b",))
    of("b", masks)
    assert made[5:] == ["b"]
