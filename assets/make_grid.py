#!/usr/bin/env python3
"""Draws `grid.png`: an extended block, and a light node that judges it by a few cells.

Gold is the data; the three parity quadrants lie around it. Only arithmetic that IEEE 754 fixes
is used, so the picture is the same everywhere. `--check` compares instead of writing.
"""

import random
import struct
import sys
import zlib
from math import sqrt
from pathlib import Path

FILE = Path(__file__).with_name("grid.png")
WIDTH, HEIGHT = 1600, 1200
# The camera looks at the grid's middle, down a 3-4-5 triangle; the grid stands on its corner.
MIDDLE_X, MIDDLE_Y, FOCAL, DISTANCE, SIN, COS = 800, 648, 2020, 110, 0.6, 0.8
HALF, SEAM = 24, 0.45  # cells from the middle to the edge; half the gap between the quadrants
CONE_CELLS, SAMPLES = 15.5, 44
APEX_X, APEX_Y = 800, 96

DATA, ROWS = (1.0, 0.60, 0.14), (0.06, 0.62, 0.55)
COLUMNS, BOTH = (0.42, 0.24, 0.95), (0.10, 0.34, 1.0)
LIGHT = (1.0, 0.90, 0.70)
LETTERS = ["01110 01111 01111 01110 10001", "10001 10000 10000 10001 10001",
           "10001 10000 10000 10001 01010", "11111 01110 01110 11111 00100",
           "10001 00001 00001 10001 00100", "10001 00001 00001 10001 00100",
           "10001 11110 11110 10001 00100"]

dice = random.Random(4096)


def square(x):
    return x * x


def to_screen(u, v):
    """Where a point of the grid's plane appears."""
    x, y = (u - v) / sqrt(2), (u + v) / sqrt(2)
    depth = DISTANCE + y * COS
    return MIDDLE_X + FOCAL * x / depth, MIDDLE_Y - FOCAL * y * SIN / depth


def draw_samples():
    """The cells asked for: from every quadrant, inside the cone, not side by side."""
    cells = []
    while len(cells) < SAMPLES:
        i, j = dice.randrange(-HALF, HALF), dice.randrange(-HALF, HALF)
        near = any(abs(i - a) < 2 and abs(j - b) < 2 for a, b in cells)
        if not near and square(i + 0.5) + square(j + 0.5) < square(CONE_CELLS - 1.2):
            cells.append((i, j))
    return cells


def centre(index):
    return index + 0.5 + (SEAM if index >= 0 else -SEAM)


def halos(cells):
    """For each cell, the sampled cells near enough to shine on it."""
    reach = range(-3, 4)
    near = {}
    for i, j in cells:
        for a in reach:
            for b in reach:
                near.setdefault((i + a, j + b), []).append((centre(i), centre(j)))
    return near


def rays(cells):
    """Thin lines from the light node to the cells it asked for, as light per pixel."""
    light = [[0.0] * WIDTH for _ in range(HEIGHT)]
    for i, j in cells:
        x, y = to_screen(centre(i), centre(j))
        slope = (x - APEX_X) / (y - APEX_Y)
        for row in range(APEX_Y, int(y)):
            at = APEX_X + slope * (row - APEX_Y)
            strength = 0.035 + 0.10 * square((row - APEX_Y) / (y - APEX_Y))
            for column in range(int(at) - 3, int(at) + 5):
                light[row][column] += strength / square(1 + 1.6 * square(column - at))
    return light


def edge(value, width):
    """1 inside, 0 outside, and a pixel's width between."""
    return min(1.0, max(0.0, value / width + 0.5))


def cell_light(u, v, width, brightness, lit, near):
    """What the plane sends from (u, v): its cell, the cone's footprint, the halos."""
    a, b = abs(u) - SEAM, abs(v) - SEAM
    if a < -width or b < -width or a > HALF + width or b > HALF + width:
        return 0.0, 0.0, 0.0
    i = int(a) if u >= 0 else -1 - int(a)
    j = int(b) if v >= 0 else -1 - int(b)
    shape = edge(0.43 - abs(a - int(a) - 0.5), width) * edge(0.43 - abs(b - int(b) - 0.5), width)
    if a < 0 or b < 0 or a >= HALF or b >= HALF:
        shape = 0.0
    red, green, blue = ((COLUMNS, BOTH), (DATA, ROWS))[u < 0][v >= 0]
    foot = max(0.0, 1 - (u * u + v * v) / square(CONE_CELLS))
    far = 1 / (1 + (u * u + v * v) / 1400)
    base = shape * far * brightness.get((i, j), 0.0) * (0.8 + 2.6 * foot) + 0.006
    white = shape * 0.02 * foot
    for x, y in near.get((i, j), ()):
        d = square(u - x) + square(v - y)
        fade = square(max(0.0, 1 - d / 9))
        base += 0.16 * fade / (0.4 + d)
        white += 0.05 * fade / (0.4 + d)
    if (i, j) in lit:
        base += 1.1 * shape
        white += 1.5 * shape
    return (base * red + white * LIGHT[0], base * green + white * LIGHT[1],
            base * blue + white * LIGHT[2])


def beam_light(x, y):
    """The cone in the air: wide and faint below, narrow and bright at the light node."""
    dx, dy = x - APEX_X, y - APEX_Y
    around = dx * dx + dy * dy
    light = 0.5 / square(1 + around / 500) + 5.0 / square(1 + around / 30)
    light += 0.02 / (1 + around / 60000)
    # At full width the cone meets the plane, in an ellipse.
    wide, tall = CONE_CELLS * FOCAL / DISTANCE, CONE_CELLS * FOCAL / DISTANCE * SIN
    down = dy / (MIDDLE_Y - APEX_Y)
    if 0 < down:
        side = dx / (wide * min(down, 1.0))
        inside = 1 - square(side) - square(max(0.0, y - MIDDLE_Y) / tall)
        if inside > 0:
            light += 0.045 * inside / (0.12 + min(down, 1.0))
    return light


def word(x, y):
    """The name, set in cells."""
    column, row = (x - 84) // 9, (y - 1064) // 9
    if not (0 <= row < 7 and 0 <= column < 29) or (x - 84) % 9 > 6 or (y - 1064) % 9 > 6:
        return 0.0
    return 0.75 if LETTERS[row][column] == "1" else 0.0


def tone(light):
    """Linear light to a channel's value: highlights bend, and the square root is the gamma."""
    return int(255 * sqrt(min(1.0, light * (1 + light / 6) / (1 + light))) + 0.5)


def picture():
    """The pixels, three bytes each, row by row."""
    cells = draw_samples()
    lit, near, lines = set(cells), halos(cells), rays(cells)
    brightness = {(i, j): 0.05 + 0.26 * dice.random() * square(dice.random())
                  for i in range(-HALF, HALF) for j in range(-HALF, HALF)}
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        py = (y - MIDDLE_Y) / FOCAL
        reach = DISTANCE * SIN / (SIN + py * COS)
        depth = reach * (COS - py * SIN) - DISTANCE * COS
        width = 1.25 * reach / FOCAL
        dusk = 0.004 + 0.008 * (1 - y / HEIGHT)
        for x in range(WIDTH):
            across = reach * (x - MIDDLE_X) / FOCAL
            u, v = (depth + across) / sqrt(2), (depth - across) / sqrt(2)
            red, green, blue = cell_light(u, v, width, brightness, lit, near)
            air = beam_light(x, y) + lines[y][x]
            name = word(x, y)
            row.append(tone(red + air * LIGHT[0] + name * DATA[0] + dusk * 0.35))
            row.append(tone(green + air * LIGHT[1] + name * DATA[1] + dusk * 0.5))
            row.append(tone(blue + air * LIGHT[2] + name * DATA[2] + dusk))
        rows.append(bytes(row))
    return rows


def encode(rows):
    """A PNG whose rows are stored as differences to the pixel on the left."""
    lines = bytearray()
    for row in rows:
        lines.append(1)
        lines.extend(row[:3])
        lines.extend((a - b) & 255 for a, b in zip(row[3:], row))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)),
              (b"IDAT", zlib.compress(bytes(lines), 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks)


def pixels(png):
    """The unpacked lines: two machines' zlib may pack the same ones differently."""
    at = png.index(b"IDAT")
    return zlib.decompress(png[at + 4 : at + 4 + struct.unpack(">I", png[at - 4 : at])[0]])


def main():
    png = encode(picture())
    if sys.argv[1:] != ["--check"]:
        FILE.write_bytes(png)
    elif pixels(png) != pixels(FILE.read_bytes()):
        sys.exit("grid.png is not what make_grid.py draws")


main()
