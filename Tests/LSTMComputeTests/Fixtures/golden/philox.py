"""Random masks from Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
2011), a function of (seed, batch number, what the mask is for, element) alone."""

import numpy as np

DROPOUT, RECURRENT_DROPOUT, ZONEOUT_HIDDEN, ZONEOUT_CELL = 4, 5, 6, 7

LOW = np.uint64(0xFFFFFFFF)
WORD = np.uint64(32)
MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
KEY_STEPS = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)


def philox(counter, key):
    """The four words of each counter; counter is four arrays, key two numbers, all below 2^32."""
    x0, x1, x2, x3 = (np.asarray(word, np.uint64) for word in counter)
    k0, k1 = (np.uint64(word) for word in key)
    for _ in range(10):
        product0, product1 = x0 * MULTIPLIERS[0], x2 * MULTIPLIERS[1]
        x0, x1, x2, x3 = (
            (product1 >> WORD) ^ x1 ^ k0,
            product1 & LOW,
            (product0 >> WORD) ^ x3 ^ k1,
            product0 & LOW,
        )
        k0, k1 = (k0 + KEY_STEPS[0]) & LOW, (k1 + KEY_STEPS[1]) & LOW
    return x0, x1, x2, x3


class Masks:
    """The masks of one batch, as arrays of a given shape whose elements count row by row."""

    def __init__(self, seed, batch_number):
        self.key = seed & 0xFFFFFFFF, seed >> 32
        self.batch_number = batch_number

    def uniform(self, kind, layer, direction, shape):
        """Numbers in [0, 1) that float32 holds exactly."""
        count = int(np.prod(shape))
        groups = np.arange((count + 3) // 4, dtype=np.uint64)
        stream = kind | layer << 8 | direction << 24
        counter = groups & LOW, groups >> WORD, self.batch_number, stream
        bits = np.stack(np.broadcast_arrays(*philox(counter, self.key)), axis=1).flatten()[:count]
        return ((bits >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)).reshape(shape)

    def keep(self, kind, layer, direction, shape, rate):
        """Where a value is kept with probability 1 - rate."""
        return self.uniform(kind, layer, direction, shape) >= np.float32(rate)
