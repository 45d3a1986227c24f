"""A shop of our own making: sales with promotions, stock with deliveries, ratings, and eight anomalies."""
import datetime

import numpy as np


def shop(seed, rows=1096):
    """Columns by name, and for each target the first and last rows of its anomalies."""
    draw = np.random.default_rng(seed)
    days = [datetime.date(2021, 1, 1) + datetime.timedelta(days=row) for row in range(rows)]
    weekday = np.array([day.weekday() for day in days])
    week = np.array([.85, .9, .95, 1, 1.2, 1.45, 1.25]) * (1 + draw.normal(0, .03, 7))
    promo = np.zeros(rows, int)
    row = 10
    while row < rows:
        length = int(draw.integers(3, 7))
        promo[row:row + length] = 1
        row += length + int(draw.integers(12, 30))
    price = np.round(20 + np.cumsum((draw.random(rows) < .02) * draw.normal(0, .5, rows)), 2)
    year = 1 + .15 * np.sin(2 * np.pi * (np.arange(rows) / 365 - .2))
    sales = 120 * year * (1 + .0002 * np.arange(rows)) * week[weekday] * (1 + .35 * promo)
    sales *= (price / 20) ** -1.2 * np.exp(draw.normal(0, .06, rows))
    first = int(.8 * rows)
    slots = list(range(first + 6, rows - 12, (rows - 18 - first) // 8))[:8]
    draw.shuffle(slots)
    labels = {"sales": [], "inventory": [], "rating": []}

    def mark(target, row, length=1):
        labels[target].append((row, row + length - 1))
        return slice(row, row + length)

    sales[mark("sales", slots[0])] *= 2.2
    sales[mark("sales", slots[1])] *= .3
    sales[mark("sales", slots[2], 3)] *= .45
    sales = np.round(sales)
    shocks = {slots[3]: -600, slots[4]: 500}
    for row in shocks:
        mark("inventory", row)
    delivery = 1 + int(draw.integers(0, 3))
    stock, inventory = 2500.0, np.zeros(rows)
    for row in range(rows):
        stock -= sales[row]
        if weekday[row] == delivery and stock < 2600:
            stock += round((3000 - stock) / 100 + int(draw.integers(-1, 2))) * 100
        stock = max(0, stock + shocks.get(row, 0))
        inventory[row] = stock
    rating = 4.3 + .1 * np.sin(2 * np.pi * np.arange(rows) / 180) + draw.normal(0, .05, rows)
    rating[mark("rating", slots[5])] -= .6
    rating[mark("rating", slots[6], 5)] -= .4
    rating[mark("rating", slots[7])] += .45
    columns = {
        "date": [day.isoformat() for day in days], "price": price, "promo": promo,
        "sales": sales.astype(int), "inventory": inventory.astype(int),
        "rating": np.round(np.clip(rating, 1, 5), 2),
    }
    return columns, labels, first
