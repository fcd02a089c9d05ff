// Asks this machine's explorer again and again, and shows what it says.

import { KINDS, show } from "/batch.js";
import { account } from "/path.js";
import { TREES, age, amount, brief, el, fill, find, grouped, hash, plural, span, text, time, when } from "/words.js";

const POLL_MS = 2000;
const root = document.documentElement;

let overview = null;
// What came with the last answer, so that nothing is drawn anew without a reason.
let received = "";
// Batches before those of the overview, the newest first.
let older = [];
// The batch that was picked, with its detail; the newest one until somebody picks.
let picked = null;
let isPicked = false;
let detail = null;
// L1's time when the overview came, and this machine's then.
let clock = { l1: 0, here: 0 };

const now = () => clock.l1 + (performance.now() - clock.here) / 1000;

async function ask(path) {
  const answer = await fetch(path);
  const body = await answer.text();
  let json = null;
  try { json = JSON.parse(body); } catch { /* Words, and no JSON. */ }
  if (!answer.ok) throw new Error(json?.error ?? body.trim() ?? answer.statusText);
  return { json, body };
}

function link(state, words) {
  root.dataset.link = state;
  text("link", words);
}

// ---- how it stands

function troubles() {
  const lines = [];
  if (overview.on_l1?.frozen) lines.push("The rollup is frozen: nothing goes in any more, and owners leave by the escape hatch.");
  const sources = [["The follower", overview.follower], ["L1", overview.l1], ...overview.operators.map(({ source }) => ["An operator", source])];
  for (const [name, source] of sources) {
    if (!source.trouble) continue;
    const since = source.answered_at ? ` What it said ${span(overview.at - source.answered_at)} ago is shown.` : "";
    lines.push(`${name} at ${source.at} ${source.trouble}.${since}`);
  }
  const health = overview.derived?.health;
  if (health?.last_error) lines.push(`The follower has trouble: ${health.last_error}`);
  if (health?.missing_rows > 0) lines.push(`${plural(health.missing_rows, "row")} cannot be had from the DA network.`);
  for (const { health: operator, source } of overview.operators) {
    if (operator?.last_error && !source.trouble) lines.push(`The operator at ${source.at} has trouble: ${operator.last_error}`);
  }
  fill(find("troubles"), lines, () => el("li"), (element, line) => { element.textContent = line; });
}

function standing() {
  const { derived, on_l1: l1 } = overview;
  const newest = l1?.newest ?? derived?.health.newest_batch;
  const last = l1?.last_final ?? derived?.health.final_batch;
  const state = l1?.frozen || derived?.health.frozen ? "frozen"
    : !derived && !l1 ? "waiting"
      : overview.follower.trouble || overview.l1.trouble ? "partly"
        : derived?.health.ok === false ? "behind" : "running";
  root.dataset.state = state;
  text("word", { frozen: "Frozen", waiting: "Waiting", partly: "Half in the dark", behind: "Catching up", running: "Running" }[state]);
  text("sentence", newest === undefined ? "for the sources to answer."
    : newest === 0 ? "The rollup has begun, and no batch has followed yet."
      : `Batch ${grouped(newest)} is the newest; ${last === 0 ? "none is final yet" : last === newest ? "it is final" : `those up to ${grouped(last)} are final`}. `
        + (derived?.health.mode === "light" ? "The follower samples data and knows no balances." : treesSaid(derived)));
  text("newest", newest === undefined ? "–" : grouped(newest));
  text("final", last === undefined ? "–" : last === 0 ? "none" : grouped(last));
  text("l1-block", l1 ? grouped(l1.block) : "–");
  const counts = derived ? [derived.trees.on_l1.accounts, derived.trees.off_l1.accounts] : [null];
  text("accounts", counts.includes(null) || counts.includes(undefined) ? "–" : grouped(counts[0] + counts[1]));
  text("open", l1 ? grouped(l1.challenges.open) : "–");
  text("behind", l1 ? amount(l1.bonds.validators.reduce((sum, one) => sum + BigInt(one.allocated), 0n)) : "–");
  text("rollup", overview.rollup);
  text("l1-chain", String(overview.l1_chain));
  text("chain", overview.chain);
}

function treesSaid(derived) {
  if (!derived) return "";
  const { on_l1: on, off_l1: off } = derived.trees;
  if (on.is_current && off.is_current) return "Both trees were derived up to it.";
  const waits = on.waits_for ?? off.waits_for;
  return waits ? `The data of batch ${grouped(waits)} is awaited.` : "The trees are being derived.";
}

// ---- batches

function all() {
  const fresh = overview?.derived?.batches ?? [];
  const last = fresh.at(-1)?.number ?? 0;
  return [...fresh, ...older.filter(({ number }) => number < last)];
}

function batchItem() {
  const button = el("button", { type: "button" }, ...["number", "status", "operations", "gas", "operator", "age"].map((name) => el("span", { class: name })));
  button.addEventListener("click", () => pick(Number(button.dataset.number), true));
  return el("li", {}, button);
}

function operationsOf({ counts, from_l1: queued, kind }) {
  if (kind !== "batch") return "";
  if (counts) return `${grouped(counts.signed)} signed · ${grouped(counts.from_l1)} L1`;
  return queued === null ? "" : `? signed · ${grouped(queued)} L1`;
}

function batchList() {
  const batches = all();
  find("no-batches").hidden = batches.length > 0;
  find("older").hidden = batches.length === 0 || batches.at(-1).number === 0;
  fill(find("batches"), batches, batchItem, (item, batch) => {
    const button = item.firstElementChild;
    button.dataset.number = batch.number;
    button.setAttribute("aria-pressed", String(batch.number === picked));
    const [number, status, operations, gas, operator, old] = button.children;
    number.replaceChildren(`#${grouped(batch.number)}`, batch.kind === "batch" ? "" : el("em", {}, ` ${KINDS[batch.kind]}`));
    status.textContent = batch.status;
    status.className = `status ${batch.status}`;
    operations.textContent = operationsOf(batch);
    gas.textContent = batch.gas === null ? "" : grouped(batch.gas);
    operator.replaceChildren(...(/^0x0+$/.test(batch.operator) ? [] : [brief(batch.operator)]));
    old.replaceChildren(time(batch.submitted_at, age(now() - batch.submitted_at)));
  });
}

async function more() {
  const before = all().at(-1)?.number ?? 0;
  try {
    const { json } = await ask(`/batches/${before}.json`);
    older = [...all().slice(overview.derived.batches.length), ...json];
    batchList();
  } catch (error) {
    text("older", `Older batches: ${error.message}`);
  }
}

async function pick(number, byHand) {
  isPicked ||= byHand;
  picked = number;
  batchList();
  text("batch-title", `Batch ${grouped(number)}`);
  if (byHand) {
    history.replaceState(null, "", `#batch/${number}`);
    // On a narrow screen the detail stands below the list.
    if (matchMedia("(max-width: 63.99rem)").matches) find("detail").scrollIntoView();
  }
  try {
    const { json, body } = await ask(`/batch/${number}.json`);
    if (picked !== number) return;
    find("batch-empty").hidden = true;
    find("batch").hidden = false;
    if (body === detail) return;
    detail = body;
    show(json, now());
  } catch (error) {
    if (picked !== number) return;
    detail = null;
    find("batch").hidden = true;
    find("batch-empty").hidden = false;
    text("batch-empty", `Batch ${grouped(number)} cannot be shown: ${error.message}.`);
  }
}

// ---- trees

function trees() {
  const { derived } = overview;
  if (!derived) {
    find("trees").replaceChildren(el("p", { class: "empty" }, "The follower was not heard yet."));
    return;
  }
  find("trees").replaceChildren(...["off_l1", "on_l1"].map((tree) => {
    const standing = derived.trees[tree];
    const words = standing.waits_for !== null ? `waits for batch ${grouped(standing.waits_for)}`
      : standing.is_current ? `derived up to batch ${grouped(standing.after)}` : `after batch ${grouped(standing.after)}, and not L1’s`;
    const counted = standing.accounts === null ? "sampled, not derived" : plural(standing.accounts, "account");
    return el("div", { class: "tree", id: `tree-${tree}` },
      el("p", {}, el("b", {}, `Tree ${TREES[tree]}`), ` ${counted}, ${words}`),
      standing.on_l1 ? hash(standing.on_l1) : el("span", { class: "empty" }, "no root yet"));
  }));
}

async function showAccount(tree, index) {
  [find("tree").value, find("index").value] = [tree, index];
  try {
    const { json } = await ask(`/account/${tree}/${index}.json`);
    find("account").replaceChildren(...account(json));
    find("account").hidden = false;
    find("account-empty").hidden = true;
  } catch (error) {
    find("account").hidden = true;
    find("account-empty").hidden = false;
    text("account-empty", `Account ${grouped(index)} ${TREES[tree]} cannot be shown: ${error.message}.`);
  }
}

// ---- bonds

function row(cells) {
  return el("tr", {}, ...cells.map((cell, place) => {
    const [kind, ...content] = Array.isArray(cell) ? cell : ["", cell];
    return place === 0 ? el("th", { scope: "row" }, ...content) : el("td", { class: kind }, ...content);
  }));
}

const lost = (value) => (value === "0" ? ["number none", "0"] : ["number lost", amount(value)]);

function bonds() {
  const l1 = overview.on_l1;
  for (const name of ["operators", "validators"]) {
    find(name).hidden = !l1 || l1.bonds[name].length === 0;
    find(`no-${name}`).hidden = !find(name).hidden;
    if (l1) text(`no-${name}`, name === "operators" ? "Nobody is bonded." : "The set is empty.");
  }
  if (!l1) return;
  find("operators").tBodies[0].replaceChildren(...l1.bonds.operators.map((one) => row([
    ["", hash(one.operator)],
    ["", one.in_turn ? el("b", { class: "turn" }, "in turn") : one.leaves_at ? el("span", {}, "leaves, bond free ", when(one.leaves_at, now()))
      : one.place === null ? "out of the rotation" : `place ${one.place}`],
    ["number", amount(one.bond)], lost(one.slashed),
  ])));
  find("validators").tBodies[0].replaceChildren(...l1.bonds.validators.map((one) => row([
    ["", hash(one.validator)],
    ["", one.jailed_until > now() ? el("span", { class: "lost" }, "jailed for ", time(one.jailed_until, span(one.jailed_until - now())))
      : /^0x0+$/.test(one.owner) ? "has not registered" : one.allocated === "0" ? "backs other rollups" : "bonded"],
    ["number", grouped(one.weight)], ["number", amount(one.stake)], ["number", amount(one.allocated)], lost(one.slashed),
  ])));
}

// ---- challenges, queues, sources

function challengeLines() {
  const rows = (overview.on_l1?.challenges.rows ?? []).map((challenge) => ({ challenge, of: `row ${challenge.row}` }));
  const cells = (overview.on_l1?.challenges.cells ?? []).map((challenge) => ({ challenge, of: `row ${challenge.row}, cell ${challenge.column}` }));
  return [...rows, ...cells].sort((a, b) => b.challenge.batch - a.challenge.batch);
}

function became(challenge) {
  const parts = [];
  if (challenge.validator) parts.push(["of ", brief(challenge.validator)]);
  if (challenge.state === "pooling") parts.push([`${amount(challenge.pooled)} contributed so far`]);
  if (challenge.state === "open") {
    parts.push(["answer due ", when(challenge.deadline, now())], [`${amount(challenge.pooled ?? challenge.bond)} staked`]);
  }
  if (challenge.answered_by) parts.push([`the row stood on L1, which earned ${amount(challenge.paid)}`]);
  if (challenge.operator_lost && challenge.operator_lost !== "0") parts.push([`the operator lost ${amount(challenge.operator_lost)}`]);
  if (challenge.signers_slashed > 0) parts.push([`${plural(challenge.signers_slashed, "signer")} lost ${amount(challenge.signers_lost)}`]);
  if (challenge.lost && challenge.lost !== "0") parts.push([`the validator lost ${amount(challenge.lost)}`]);
  return parts.flatMap((part, place) => (place === 0 ? part : ["; ", ...part]));
}

function challenges() {
  const lines = challengeLines();
  find("no-challenges").hidden = lines.length > 0;
  text("no-challenges", overview.on_l1 ? "Nobody has challenged anything." : "L1 was not heard yet.");
  find("challenges").replaceChildren(...lines.map(({ challenge, of }) => el("li", {},
    el("span", {}, el("b", {}, `Batch ${grouped(challenge.batch)}`), ` ${of}`),
    el("span", { class: `state ${challenge.state}` }, challenge.state),
    el("span", { class: "due" }, ...became(challenge)))));
}

const QUEUED = { deposit: "Deposit", forced: "Forced withdrawal", cancelled: "Cancelled" };

function queue() {
  const queues = overview.derived?.queues ?? [];
  const waiting = queues.flatMap(({ tree, waiting }) => waiting.map((one) => ({ tree, ...one }))).sort((a, b) => a.deadline - b.deadline);
  const hidden = queues.reduce((sum, { head, tail, waiting }) => sum + (tail - head - waiting.length), 0);
  find("no-queue").hidden = waiting.length > 0;
  text("no-queue", overview.derived ? "Nothing waits." : "The follower was not heard yet.");
  const lines = waiting.map((one) => el("li", {},
    el("span", {}, el("b", {}, QUEUED[one.kind]), ` ${one.kind === "cancelled" ? "" : amount(one.amount, { token: one.token })} ${TREES[one.tree]}`),
    el("span", { class: "state" }, `place ${grouped(one.place)}`),
    el("span", { class: "due" }, "of ", brief(one.owner), one.deadline > now() ? ", due " : ", overdue since ", when(one.deadline, now()),
      one.deadline > now() ? null : ": anybody may freeze the rollup")));
  if (hidden > 0) lines.push(el("li", {}, el("span", {}, `${plural(hidden, "more operation")}`)));
  find("queue").replaceChildren(...lines);
}

function operatorSaid({ source, health, info }) {
  if (!health) return source.asked ? "" : "not asked yet";
  return `pool ${grouped(health.pooled)}, in flight ${grouped(health.in_flight)}, data goes ${health.carriage === "network" ? "to the DA network" : "into L1’s blobs"}, batches of ${grouped(info.batch_size)}`;
}

function sources() {
  const { follower, l1, operators, derived } = overview;
  const health = derived?.health;
  const lines = [
    ["Follower", follower, health ? `${health.mode}, at L1 block ${grouped(health.l1_block)}${health.at_head ? "" : ", behind"}` : ""],
    ["L1", l1, overview.on_l1 ? `chain ${overview.l1_chain}${overview.on_l1.read_to < overview.on_l1.block ? `, events read to block ${grouped(overview.on_l1.read_to)}` : ""}` : ""],
    ...operators.map((operator) => ["Operator", operator.source, operatorSaid(operator)]),
  ];
  fill(find("sources"), lines, () => el("li"), (element, [name, source, said]) => {
    element.className = !source.asked ? "" : source.trouble ? "down" : "up";
    element.replaceChildren(el("b", {}, name), el("span", {}, source.at), el("span", { class: "due" }, source.trouble ?? said));
  });
}

// ---- the round

function render() {
  troubles();
  standing();
  batchList();
  trees();
  bonds();
  challenges();
  queue();
  sources();
  // How far the page is wider than its window: none, which the tests look for.
  root.dataset.overflow = String(root.scrollWidth - root.clientWidth);
}

async function round() {
  try {
    const { json, body } = await ask("/overview.json");
    const heard = json.on_l1?.time ?? 0;
    // L1's clock stands still between blocks, and time goes on.
    if (heard > 0 && (clock.l1 === 0 || heard > now())) clock = { l1: heard, here: performance.now() };
    if (clock.l1 === 0) clock = { l1: json.at, here: performance.now() };
    link("live", "Live");
    const isNew = body !== received;
    [received, overview] = [body, json];
    if (isNew) render();
    const newest = json.derived?.batches[0]?.number;
    if (!isPicked && newest !== undefined) await pick(newest, false);
    else if (picked !== null) await pick(picked, false);
  } catch {
    link("lost", "Not connected");
  }
  setTimeout(round, POLL_MS);
}

function follow() {
  const [what, ...rest] = location.hash.slice(1).split("/");
  if (what === "batch" && /^\d+$/.test(rest[0] ?? "")) {
    isPicked = true;
    picked = Number(rest[0]);
  }
  if (what === "account" && rest[0] in TREES && /^\d+$/.test(rest[1] ?? "")) showAccount(rest[0], Number(rest[1]));
}

find("older").addEventListener("click", more);
find("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const [tree, index] = [find("tree").value, Number(find("index").value)];
  history.replaceState(null, "", `#account/${tree}/${index}`);
  showAccount(tree, index);
});
addEventListener("resize", () => { root.dataset.overflow = String(root.scrollWidth - root.clientWidth); });

follow();
round();
