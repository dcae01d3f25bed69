"""Loops that have no vectorised form, compiled once and cached beside this file."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from tradewind_pandas_ta.columns import Floats


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def follow(x: Floats, speed: Floats, start: int) -> Floats:
    """
    Return y[t] = y[t-1] + speed[t] (x[t] - y[t-1]), with y[start] = x[start].

    Args:
        x: What is followed.
        speed: How much of the way is gone in each row, from 0 to 1.
        start: The seeding row; rows up to it are NaN.
    """
    y = np.full(len(x), np.nan)
    last = x[start]
    for row in range(start + 1, len(x)):
        last += speed[row] * (x[row] - last)
        y[row] = last
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def decayed(x: Floats, keep: float, fall: float) -> Floats:
    """Return y[t] = max(x[t], keep y[t-1] - fall, 0), with y[0] = x[0]."""
    y = x.copy()
    for row in range(1, len(x)):
        y[row] = max(x[row], keep * y[row - 1] - fall, 0.0)
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def mcginley(x: Floats, length: float) -> Floats:
    """Return y[t] = y[t-1] + (x[t] - y[t-1]) / (length (x[t]/y[t-1])⁴), with y[0] = x[0], by at most the whole way."""
    y = np.empty(len(x))
    last = x[0]
    y[0] = last
    for row in range(1, len(x)):
        if last != 0.0:
            pace = length * (x[row] / last) ** 4
            last += (x[row] - last) / max(pace, 1.0)
        else:
            last = x[row]
        y[row] = last
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def fisher(place: Floats, start: int) -> Floats:
    """
    Return Ehlers' smoothed Fisher transform.

    Args:
        place: Place in the window, from -0.5 to 0.5.
        start: The first row, whose answer is 0; rows before it are NaN.
    """
    y = np.full(len(place), np.nan)
    y[start] = 0.0
    value = 0.0
    for row in range(start + 1, len(place)):
        value = 0.66 * place[row] + 0.67 * value
        if value > 0.99:
            value = 0.999
        elif value < -0.99:
            value = -0.999
        y[row] = 0.5 * (math.log((1.0 + value) / (1.0 - value)) + y[row - 1])
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def flex(x: Floats, length: int, period: int, straight: bool) -> Floats:
    """
    Return Ehlers' reflex (`straight`) or trendflex of a super-smoothed price.

    Args:
        x: The price.
        length: Bars that the smoothed price is held against.
        period: Critical period of the smoother.
        straight: Hold it against a line through them, not against themselves.
    """
    angle = 2.0 * math.sqrt(2.0) * math.pi / period
    shrink = math.exp(-angle)
    second = 2.0 * shrink * math.cos(angle)
    first = 1.0 - second + shrink * shrink
    smooth = x.copy()
    for row in range(2, len(x)):
        smooth[row] = 0.5 * first * (x[row] + x[row - 1]) + second * smooth[row - 1] - shrink * shrink * smooth[row - 2]
    y = np.full(len(x), np.nan)
    power = 0.0
    for row in range(length, len(x)):
        step = (smooth[row - length] - smooth[row]) / length if straight else 0.0
        total = 0.0
        for back in range(1, length + 1):
            total += smooth[row] + back * step - smooth[row - back]
        total /= length
        power = 0.04 * total * total + 0.96 * power
        y[row] = total / math.sqrt(power) if power > 0.0 else 0.0
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def trail(x: Floats, distance: Floats, start: int) -> tuple[Floats, Floats]:
    """
    Return a line that trails `x` at a distance and changes side when it is crossed, and the side.

    Args:
        x: What is trailed.
        distance: How far behind, at least 0.
        start: The first row; rows before it are NaN. The first side is 1: the line is below.
    """
    line, side = np.full(len(x), np.nan), np.full(len(x), np.nan)
    below, above, now = x[start] - distance[start], x[start] + distance[start], 1.0
    line[start], side[start] = below, now
    for row in range(start + 1, len(x)):
        if x[row] > above:
            now = 1.0
        elif x[row] < below:
            now = -1.0
        lower, upper = x[row] - distance[row], x[row] + distance[row]
        below = max(below, lower) if x[row] > below and x[row - 1] > below else lower
        above = min(above, upper) if x[row] < above and x[row - 1] < above else upper
        line[row] = below if now > 0.0 else above
        side[row] = now
    return line, side


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def smoothed_place(x: Floats, length: int, factor: float, start: int) -> Floats:
    """
    Return the place in the window in percent, exponentially smoothed.

    Args:
        x: What is placed.
        length: Bars in the window.
        factor: Smoothing factor, 1 for none.
        start: The first row of `x` that holds a value; answers begin `length - 1` rows later.
    """
    y = np.full(len(x), np.nan)
    place, value = 50.0, np.nan
    for row in range(start + length - 1, len(x)):
        low = high = x[row]
        for back in range(1, length):
            low = min(low, x[row - back])
            high = max(high, x[row - back])
        if high > low:
            place = 100.0 * (x[row] - low) / (high - low)
        value = place if np.isnan(value) else value + factor * (place - value)
        y[row] = value
    return y


@njit(cache=True)  # type: ignore[untyped-decorator]  # numba has no types
def moments(x: Floats, length: int) -> tuple[Floats, Floats, Floats]:
    """
    Return the mean squared, cubed and fourth-power distance from the mean of each window.

    Each window is summed for itself: running sums of powers keep what earlier prices rounded to.
    A window that stands still has exact zeros.
    """
    second, third, fourth = np.full(len(x), np.nan), np.full(len(x), np.nan), np.full(len(x), np.nan)
    for row in range(length - 1, len(x)):
        low = high = x[row]
        total = 0.0
        for back in range(length):
            value = x[row - back]
            total += value
            low, high = min(low, value), max(high, value)
        mean = low if low == high else total / length
        two = three = four = 0.0
        for back in range(length):
            step = x[row - back] - mean
            two += step * step
            three += step * step * step
            four += step * step * step * step
        second[row], third[row], fourth[row] = two / length, three / length, four / length
    return second, third, fourth
