// Draws the way from an account up to its tree's root: a node has four children, and the way goes
// through one of them.

import { TREES, amount, el, fact, hash, grouped, svg } from "/words.js";

const [STEP, GAP, TOP] = [36, 46, 22];
const WIDTH = 360;
const MIDDLE = 96;
const NAMES = 4;

const x = (place) => MIDDLE + (place - (NAMES - 1) / 2) * GAP;

function name(value) {
  return `${value.slice(2, 8)}…${value.slice(-4)}`;
}

function label(y, value, what) {
  const group = svg("g", { class: "label" },
    svg("text", { x: MIDDLE + 2 * GAP + 6, y: y + 4 }, name(value)),
    svg("title", {}, value));
  if (what) group.append(svg("text", { x: WIDTH - 2, y: y + 4, class: "what" }, what));
  return group;
}

function drawing({ path, index }) {
  const levels = [...path.levels].reverse();
  const height = TOP + levels.length * STEP + 20;
  const lines = svg("g", { class: "lines" });
  const nodes = svg("g", { class: "nodes" });
  const labels = svg("g", {});
  let [fromX, fromY] = [MIDDLE, TOP];
  nodes.append(svg("circle", { cx: fromX, cy: fromY, r: 7, class: "way" }));
  labels.append(label(fromY, path.accounts_root, "all accounts"));
  levels.forEach((level, depth) => {
    const y = TOP + (depth + 1) * STEP;
    const isLast = depth === levels.length - 1;
    // The way is drawn last, above what stands beside it.
    const order = [0, 1, 2, 3].sort((a, b) => Number(a === level.at) - Number(b === level.at));
    for (const place of order) {
      const isWay = place === level.at;
      const kind = isWay ? "way" : level.empty[place] ? "none" : "beside";
      const bend = (fromY + y) / 2;
      lines.append(svg("path", {
        d: `M${fromX} ${fromY} C${fromX} ${bend} ${x(place)} ${bend} ${x(place)} ${y}`, class: kind,
      }));
      const node = isLast
        ? svg("rect", { x: x(place) - 6, y: y - 6, width: 12, height: 12, rx: 2.5, class: kind })
        : svg("circle", { cx: x(place), cy: y, r: isWay ? 6 : 4, class: kind });
      node.append(svg("title", {}, level.nodes[place]));
      nodes.append(node);
    }
    labels.append(label(y, level.nodes[level.at], isLast ? `account ${grouped(index)}` : null));
    [fromX, fromY] = [x(level.at), y];
  });
  return svg("svg", {
    viewBox: `0 0 ${WIDTH} ${height}`, role: "img", class: "path",
    "aria-label": `The path from account ${index} up to the root over all accounts: ${levels.length} levels of four nodes.`,
  }, lines, nodes, labels);
}

const JUDGED = {
  proven: ({ as_of }) => ["proven", "Proven.", ` The path was computed again here, and leads to the root that L1 has after batch ${grouped(as_of.batch)}.`],
  false: ({ judgement }) => ["false", "Not proven.", ` The follower’s path is of no worth: ${judgement.reason}.`],
  unknown: ({ judgement }) => ["unknown", "Not held against L1.", ` The path holds in itself, but ${judgement.reason}.`],
};

// An account with its path, as the server judged it.
export function account(detail) {
  const [kind, word, rest] = JUDGED[detail.judgement.verdict](detail);
  const balances = Object.entries(detail.balances);
  const held = balances.length === 0 ? ["nothing"]
    : balances.map(([token, held]) => el("span", { class: "holding" }, amount(held, { token: Number(token), exact: true })));
  const facts = el("div", {},
    el("p", { class: `judgement ${kind}`, id: "judgement", role: "status" }, el("b", {}, word), rest),
    el("dl", { class: "facts" },
      fact("Account", `${grouped(detail.index)} ${TREES[detail.tree]}`),
      fact("Holds", ...held),
      fact("Owner on L1", hash(detail.owner)),
      fact("Key", hash(detail.key)),
      fact("Nonce", grouped(detail.nonce)),
      detail.path && fact("Leaf", hash(detail.path.leaf)),
      detail.path && fact("Over all accounts", hash(detail.path.accounts_root)),
      detail.path && fact("The tree’s root", hash(detail.path.root)),
      fact("L1’s root", detail.root_on_l1 ? hash(detail.root_on_l1) : "unknown")));
  const parts = [facts];
  if (detail.path) {
    parts.push(el("figure", {}, drawing(detail), el("figcaption", {},
      el("i", { class: "dot way" }), "the way ", el("i", { class: "dot beside" }), "beside it ",
      el("i", { class: "dot none" }), "no accounts below")));
  }
  return parts;
}
