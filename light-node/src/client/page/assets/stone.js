// The touchstone: a block's grid on dark stone. Metal that is rubbed on a touchstone leaves a
// streak of its colour; so does a cell that was verified.

const COLUMNS = 128;
const PAD = 14;
const SEAM = 9;
const GLOW_MS = 700;
const COLOURS = {
  planned: "rgb(236 231 219 / .4)",
  asked: "rgb(236 231 219 / .85)",
  answered: "rgb(236 231 219 / .9)",
  verified: "#f0c35a",
  missed: "#ff8f73",
  failed: "#ff6a48",
};
const still = matchMedia("(prefers-reduced-motion: reduce)");

export class Stone {
  #canvas;
  #block = null;
  // When each cell came into its state, by `row,column`.
  #since = new Map();
  #waiting = false;

  constructor(canvas) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#later()).observe(canvas.parentElement);
  }

  // Shows a block: `rows` of data and `cells` as `[[row, column], state]`.
  show(block) {
    const now = performance.now();
    const isSame = this.#block?.height === block?.height;
    const since = new Map();
    for (const [[row, column], state] of block?.cells ?? []) {
      const key = `${row},${column}`;
      const before = isSame ? this.#since.get(key) : undefined;
      since.set(key, before?.state === state ? before : { state, at: now });
    }
    this.#since = since;
    this.#block = block;
    this.#later();
  }

  // Once per frame, however often it is asked for.
  #later() {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame((now) => {
      this.#waiting = false;
      if (this.#draw(now)) this.#later();
    });
  }

  // Draws all of it. True while something still glows.
  #draw(now) {
    const canvas = this.#canvas;
    const rows = 2 * (this.#block?.rows ?? 0);
    const width = canvas.parentElement.clientWidth;
    const cellWidth = (width - 2 * PAD) / COLUMNS;
    const tallest = width < 500 ? 320 : 420;
    const inner = Math.min(tallest, Math.max(120, rows * cellWidth));
    const cellHeight = rows > 0 ? Math.min(24, inner / rows) : 0;
    const height = Math.round((rows > 0 ? rows * cellHeight + SEAM : 120) + 2 * PAD);
    const scale = Math.min(devicePixelRatio || 1, 3);
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.style.height = `${height}px`;
    }
    const ink = canvas.getContext("2d");
    ink.setTransform(scale, 0, 0, scale, 0, 0);
    slate(ink, width, height);
    if (rows === 0) return false;

    const left = PAD;
    const middle = rows / 2;
    const top = (row) => PAD + row * cellHeight + (row >= middle ? SEAM : 0);
    lattice(ink, { left, top, rows, cellWidth, cellHeight });
    let glows = false;
    for (const [[row, column], state] of this.#block.cells) {
      const age = now - (this.#since.get(`${row},${column}`)?.at ?? 0);
      const fresh = still.matches ? 0 : Math.max(0, 1 - age / GLOW_MS);
      glows ||= fresh > 0;
      const x = left + (column + 0.5) * cellWidth;
      const y = top(row) + cellHeight / 2;
      cell(ink, x, y, Math.max(cellWidth, 5), Math.max(cellHeight, 5), state, fresh, left);
    }
    return glows;
  }
}

function slate(ink, width, height) {
  const stone = ink.createLinearGradient(0, 0, width, height);
  stone.addColorStop(0, "#2b3135");
  stone.addColorStop(0.55, "#23282c");
  stone.addColorStop(1, "#1b1f22");
  ink.fillStyle = stone;
  ink.fillRect(0, 0, width, height);
  // Grain: the same on every drawing.
  let seed = 7;
  const next = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  ink.fillStyle = "rgb(255 255 255 / .03)";
  for (let i = 0; i < (width * height) / 220; i += 1) {
    ink.fillRect(next() * width, next() * height, 1 + next() * 5, 0.7);
  }
}

// Every cell that could be sampled, faintly; a line between data and parity, and a fainter one
// between each row's own cells and its extension.
function lattice(ink, { left, top, rows, cellWidth, cellHeight }) {
  const width = COLUMNS * cellWidth;
  const gap = cellHeight > 4 ? 1 : 0;
  for (let row = 0; row < rows; row += 1) {
    const isParity = row >= rows / 2;
    ink.fillStyle = isParity ? "rgb(255 255 255 / .035)" : "rgb(255 255 255 / .07)";
    if (cellWidth > 4) {
      for (let column = 0; column < COLUMNS; column += 1) {
        ink.fillRect(left + column * cellWidth, top(row), cellWidth - 1, cellHeight - gap);
      }
    } else {
      ink.fillRect(left, top(row), width, cellHeight - gap);
    }
  }
  const seam = Math.round(top(rows / 2) - SEAM / 2) - 0.5;
  ink.strokeStyle = "rgb(236 231 219 / .38)";
  ink.lineWidth = 1;
  ink.beginPath();
  ink.moveTo(left, seam);
  ink.lineTo(left + width, seam);
  ink.stroke();
  const half = Math.round(left + width / 2) - 0.5;
  ink.strokeStyle = "rgb(236 231 219 / .16)";
  ink.beginPath();
  ink.moveTo(half, top(0));
  ink.lineTo(half, top(rows - 1) + cellHeight);
  ink.stroke();
}

function cell(ink, x, y, width, height, state, fresh, left) {
  const [w, h] = [width - 1, Math.min(height - 0.5, 16)];
  const colour = COLOURS[state] ?? COLOURS.planned;
  if (state === "verified") {
    const length = Math.min(width * 9, x - left);
    const streak = ink.createLinearGradient(x - length, 0, x, 0);
    streak.addColorStop(0, "rgb(240 195 90 / 0)");
    streak.addColorStop(1, "rgb(240 195 90 / .5)");
    ink.fillStyle = streak;
    ink.fillRect(x - length, y - h * 0.3, length, h * 0.6);
  }
  if (fresh > 0 && state !== "planned") {
    const radius = Math.max(w, h) * (1.2 + 1.6 * (1 - fresh));
    const halo = ink.createRadialGradient(x, y, 0, x, y, radius);
    halo.addColorStop(0, colour);
    halo.addColorStop(1, "rgb(0 0 0 / 0)");
    ink.globalAlpha = 0.55 * fresh;
    ink.fillStyle = halo;
    ink.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
    ink.globalAlpha = 1;
  }
  ink.fillStyle = colour;
  ink.strokeStyle = colour;
  ink.lineWidth = 1.4;
  if (state === "planned") {
    ink.fillRect(x - 1, y - 1, 2, 2);
  } else if (state === "asked") {
    ink.strokeRect(x - w / 2 + 0.7, y - h / 2 + 0.7, w - 1.4, h - 1.4);
  } else if (state === "missed" || state === "failed") {
    // A cross: told from the others without its colour.
    if (state === "failed") ink.lineWidth = 2.4;
    const reach = Math.max(2.5, Math.min(w, h) / 2);
    ink.beginPath();
    ink.moveTo(x - reach, y - reach);
    ink.lineTo(x + reach, y + reach);
    ink.moveTo(x + reach, y - reach);
    ink.lineTo(x - reach, y + reach);
    ink.stroke();
  } else {
    ink.fillRect(x - w / 2, y - h / 2, w, h);
  }
}
