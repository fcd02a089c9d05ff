// Follows the node's events and says what they mean. Whatever came from the network is put in
// as text, never as markup.

import { Stone } from "/stone.js";

const BLOCKS = 64;
const GRIDS = 8;
const RETRY_MS = 3000;
const STATES = ["planned", "asked", "answered", "verified", "missed", "failed"];

const root = document.documentElement;
const find = (id) => document.getElementById(id);
const stone = new Stone(find("stone"));

let vitals = {};
let counts = null;
// The last blocks, the newest first.
let blocks = [];
// The height of the block that was picked; none while the newest is followed.
let picked = null;

function text(id, value) {
  const element = find(id);
  // A live region speaks when it is written to: only for what is new.
  if (element.textContent !== value) element.textContent = value;
}

function grouped(number) {
  return Math.floor(number).toLocaleString("en-US", { maximumFractionDigits: 0 });
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1 << 20) return `${Math.ceil(bytes / 1024)} KiB`;
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

function asSentence(words) {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

function span(ms) {
  const seconds = Math.floor(ms / 1000);
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3600)];
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours >= 1) return `${hours} h ${minutes % 60} min`;
  if (minutes >= 1) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

function odds(verdict) {
  if (verdict?.verdict !== "available") return "no claim";
  if (verdict.miss_probability <= 0) return "none";
  return `1 in ${grouped(1 / verdict.miss_probability)}`;
}

function sentence({ verdict, rows }) {
  if (!verdict) return "The node’s own dice chose the cells; peers are being asked for them.";
  if (rows === 0) return "The block has no rows, so there is nothing that could be withheld.";
  const { samples, verified, largest_share, quota } = verdict;
  if (verdict.verdict === "available") {
    const spread = largest_share > quota ? ` One peer saw ${largest_share} of them, more than a quarter.` : "";
    return `All ${samples} samples were given and verified.${spread}`;
  }
  const why = asSentence(verdict.reason);
  return verdict.asked > 0 ? `${why} ${verified} of ${samples} were verified.` : why;
}

// What is shown: what was picked, else the newest block that has rows, else the newest.
function shown() {
  return blocks.find((block) => block.height === picked)
    ?? blocks.find((block) => block.rows > 0)
    ?? blocks[0];
}

function renderBlock() {
  const block = shown();
  const tally = Object.fromEntries(STATES.map((state) => [state, 0]));
  for (const [, state] of block?.cells ?? []) tally[state] += 1;
  for (const state of STATES) text(`count-${state}`, String(tally[state]));
  stone.show(block);
  find("follow").hidden = picked === null;
  if (!block) return;

  const { verdict, height, rows } = block;
  root.dataset.verdict = verdict?.verdict ?? "sampling";
  text("height", `Block #${grouped(height)}, ${grouped(rows)} ${rows === 1 ? "row" : "rows"}`);
  const live = find("verdict");
  // A verdict that is on its way is not read out, only one that is there.
  live.setAttribute("aria-busy", String(!verdict));
  text("word", verdict?.verdict ?? "Sampling");
  text("sentence", sentence(block));
  text("odds", odds(verdict));
  text("verified", `${verdict?.verified ?? tally.verified} of ${verdict?.samples ?? block.cells.length}`);
  text("asked-peers", String(verdict?.peers ?? 0));
  text("cost", verdict ? `${size(verdict.bytes_received)}, ${grouped(verdict.ms)} ms` : "");
  if (verdict) {
    // The first clause says what is assumed, the others what that leaves open.
    const [assumed, ...uncovered] = verdict.assumption.split("; ").map(asSentence);
    text("assumption", assumed.replace(/^If /, "The odds hold if "));
    if (uncovered.length > 0) {
      find("uncovered").replaceChildren(...uncovered.map((clause) => {
        const line = document.createElement("li");
        line.textContent = clause;
        return line;
      }));
    }
  }
  const seen = tally.verified > 0 || tally.missed + tally.failed > 0;
  const grid = rows === 0 ? "The block has no grid."
    : `The block’s grid: ${2 * rows} rows, half of them parity, by 128 columns.`;
  find("stone").setAttribute("aria-label", seen
    ? `${grid} ${tally.verified} cells verified, ${tally.missed} not given, ${tally.failed} false.`
    : grid);
  const isForgotten = rows > 0 && block.cells.length === 0 && verdict?.samples > 0 && verdict.asked > 0;
  text("shape", isForgotten
    ? "The cells of this block are no longer kept; its verdict is."
    : "Above the line the data’s rows, below it their parity; right of the middle each row’s extension. "
      + "Any half of the rows, and any half of a row, bring back the rest.");
}

function renderVitals() {
  const { tip, today } = vitals;
  text("chain", vitals.chain ?? "unknown");
  text("version", vitals.version ?? "unknown");
  text("full-peers", grouped(vitals.full_peers ?? 0));
  text("light-peers", grouped(vitals.light_peers ?? 0));
  text("tip", tip ? `#${grouped(tip.height)}` : "none");
  text("uptime", span(vitals.uptime_ms ?? 0));
  if (today) {
    text("received", size(today.received));
    text("sent", size(today.sent));
    text("budget", today.budget === null ? "no limit" : size(today.budget));
    const used = find("used");
    used.hidden = today.budget === null;
    used.value = today.budget > 0 ? Math.min(1, (today.received + today.sent) / today.budget) : 0;
  }
  const trouble = vitals.stopped ?? vitals.trouble ?? vitals.unkept?.join("; ");
  const what = vitals.forked ? "Halted on a fork" : vitals.stopped ? "Stopped"
    : vitals.trouble ? "Trouble" : "Not kept on disk";
  find("trouble").hidden = !trouble;
  text("trouble", trouble ? `${what}: ${trouble}` : "");
}

function renderList() {
  if (counts) {
    text("tally", `${grouped(counts.available)} available, ${grouped(counts.unavailable)} unavailable, `
      + `${grouped(counts.undecided)} undecided since this page was opened.`);
  }
  const current = shown()?.height;
  const list = find("blocks");
  blocks.forEach((block, place) => {
    const button = list.children[place]?.firstElementChild ?? item(list);
    const { verdict } = block;
    button.dataset.height = block.height;
    button.setAttribute("aria-pressed", String(block.height === current));
    const [height, says, figures] = button.children;
    height.textContent = `#${grouped(block.height)}`;
    says.textContent = verdict?.verdict ?? "sampling";
    says.className = `says ${verdict?.verdict ?? ""}`;
    figures.textContent = block.rows === 0 ? "no rows"
      : `${block.rows} ${block.rows === 1 ? "row" : "rows"} · `
        + `${verdict?.verified ?? 0}/${verdict?.samples ?? block.cells.length} · ${odds(verdict)}`;
  });
  while (list.children.length > blocks.length) list.lastElementChild.remove();
}

function item(list) {
  const line = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.append(...["height", "says", "figures"].map((name) => {
    const part = document.createElement("span");
    part.className = name;
    return part;
  }));
  button.addEventListener("click", () => {
    picked = Number(button.dataset.height);
    render();
  });
  line.append(button);
  list.append(line);
  return button;
}

function render() {
  renderBlock();
  renderVitals();
  renderList();
  // How far the page is wider than its window: none, which the tests look for.
  root.dataset.overflow = String(root.scrollWidth - root.clientWidth);
}

function place(block) {
  blocks = [block, ...blocks.filter(({ height }) => height !== block.height)]
    .sort((a, b) => b.height - a.height)
    .slice(0, BLOCKS);
  for (const old of blocks.slice(GRIDS)) old.cells = [];
}

const take = {
  begun: (block) => place(block),
  cells: ({ height, state, places }) => {
    const block = blocks.find((candidate) => candidate.height === height);
    const moved = new Set(places.map(String));
    for (const cell of block?.cells ?? []) {
      if (moved.has(String(cell[0]))) cell[1] = state;
    }
  },
  judged: (verdict) => {
    const before = blocks.find(({ height }) => height === verdict.height);
    place({ height: verdict.height, rows: verdict.rows, cells: before?.cells ?? [], verdict });
    counts[verdict.verdict] += 1;
  },
};

function snapshot(status) {
  ({ counts, blocks, ...vitals } = status);
  render();
}

function link(state, words) {
  root.dataset.link = state;
  text("link", words);
}

function listen() {
  const events = new EventSource("/events");
  events.addEventListener("snapshot", ({ data }) => {
    link("live", "Live");
    snapshot(JSON.parse(data));
  });
  events.addEventListener("changes", ({ data }) => {
    for (const change of JSON.parse(data)) {
      for (const [name, value] of Object.entries(change)) take[name]?.(value);
    }
    render();
  });
  events.addEventListener("vitals", ({ data }) => {
    vitals = JSON.parse(data);
    render();
  });
  events.addEventListener("error", () => {
    link("lost", "Not connected");
    // Refused for good, as when too many pages are open: look now and then instead.
    if (events.readyState === EventSource.CLOSED) setTimeout(look, RETRY_MS);
  });
}

async function look() {
  try {
    const answer = await fetch("/status.json");
    if (!answer.ok) throw new Error(answer.statusText);
    snapshot(await answer.json());
    link("polled", "Every few seconds");
  } catch {
    link("lost", "Not connected");
  }
  setTimeout(listen, RETRY_MS);
}

find("follow").addEventListener("click", () => {
  picked = null;
  render();
});
addEventListener("resize", render);

// What the node knew when it sent the page: it shows at once, and events bring the rest.
snapshot({ blocks: [], counts: null, ...JSON.parse(find("snapshot").textContent) });
listen();
