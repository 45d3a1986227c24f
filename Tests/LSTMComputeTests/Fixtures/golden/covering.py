"""Picks a few cases out of all that there could be, such that properties meet each other's values.

Every pair of values that can occur together does, and then as many triples as the number of cases
allows: a fault that shows only where two options meet is found as surely as one that always shows.
"""

import itertools
import random


def tuples(case, size):
    """All choices of so many properties with the values that a case gives them."""
    return set(itertools.combinations(case.items(), size))


class Covering:
    """Cases, each the best of some that chance offers."""

    def __init__(self, properties, is_possible, kilobytes, price):
        """
        properties: the values of each by its name
        kilobytes: about what a case takes in the file, and price how many new triples are worth one
        """
        self.properties, self.is_possible = properties, is_possible
        self.kilobytes, self.price = kilobytes, price
        self.chance = random.Random(1)
        self.missing = self.possible_pairs()
        self.seen = set()
        self.cases = []

    def draw(self, fixed={}, tries=1000):
        """Some possible case with the given values, or none if so many tries find none."""
        for _ in range(tries):
            case = {name: self.chance.choice(v) for name, v in self.properties.items()} | fixed
            if self.is_possible(case):
                return case
        return None

    def possible_pairs(self):
        """The pairs that some case has."""
        return {
            ((a, x), (b, y))
            for a, b in itertools.combinations(self.properties, 2)
            for x, y in itertools.product(self.properties[a], self.properties[b])
            if self.draw({a: x, b: y}, tries=40)
        }

    def add(self, fixed={}, price=None, candidates=60):
        """Adds a case with the given values that has many pairs that are missing, then new triples."""
        drawn = [self.draw(fixed) for _ in range(candidates)]
        # Some have a missing pair for sure, so that none is left out by bad luck.
        missing = sorted(self.missing, key=str)
        for pair in self.chance.sample(missing, min(len(missing), candidates // 2)):
            drawn.append(self.draw(dict(pair) | fixed))
        price = self.price if price is None else price
        best = max(filter(None, drawn), key=lambda case: self.worth(case, price))
        self.cases.append(best)
        self.missing -= tuples(best, 2)
        self.seen |= tuples(best, 3)

    def worth(self, case, price):
        triples = len(tuples(case, 3) - self.seen)
        return len(tuples(case, 2) & self.missing), triples - price * self.kilobytes(case)

    def fill(self, count):
        """Adds so many cases, which are to have all pairs."""
        for _ in range(count):
            self.add()
        if self.missing:
            raise ValueError(f"pairs in no case: {self.missing}")
