// A batch with all that is known of it.

import { TREES, amount, brief, el, fact, find, grouped, hash, plural, share, span, svg, time, when } from "/words.js";

const CELL = 11;
const ACROSS = 32;

export const KINDS = { genesis: "beginning", batch: "batch", checkpoint: "checkpoint", fallback: "fallback" };

function said(batch, now) {
  if (batch.kind === "genesis") return ["The rollup began with these roots."];
  if (batch.kind === "fallback") return [`The tree off L1 fell back to batch ${grouped(batch.fell_back_to)}, since a row of a later one was withheld.`];
  if (batch.status === "void") return ["A fallback has reverted its tree off L1."];
  if (batch.status === "final") return ["Nothing can revert it any more."];
  if (batch.challenge_until <= now) return ["Its challenge window is over; it is final once somebody says so on L1."];
  return ["Its rows may be challenged for ", el("b", {}, time(batch.challenge_until, span(batch.challenge_until - now))), " still; final after that."];
}

function rootLine(tree, before, after) {
  return el("div", { class: "root" }, el("dt", {}, `Tree ${TREES[tree]}`),
    el("dd", {}, before === undefined ? null : hash(before, "before"),
      el("span", { class: "arrow" }, before === after ? "stays" : "becomes"),
      hash(after, "after")));
}

// Who of the set has signed: a square for each member.
function bitmap(members) {
  const across = Math.min(ACROSS, members.length);
  const rows = Math.ceil(members.length / ACROSS);
  const squares = members.map((member, place) => svg("rect", {
    x: (place % ACROSS) * CELL + 1, y: Math.floor(place / ACROSS) * CELL + 1, width: CELL - 2, height: CELL - 2, rx: 2,
    class: member.signed ? "signed" : "unsigned",
  }, svg("title", {}, `${place}: ${member.validator}, weight ${member.weight}, ${member.signed ? "signed" : "did not sign"}`)));
  const signed = members.filter(({ signed }) => signed).length;
  return svg("svg", {
    class: "bitmap", viewBox: `0 0 ${across * CELL} ${rows * CELL}`, width: across * CELL * 1.5, role: "img",
    "aria-label": `${signed} of ${members.length} validators signed`,
  }, ...squares);
}

function weights(certificate) {
  const part = share(certificate.signed_weight, certificate.total_weight);
  const bar = svg("svg", { class: "weights", viewBox: "0 0 300 14", preserveAspectRatio: "none", role: "img",
    "aria-label": `${part} percent of the weight signed; more than two thirds are needed` },
  svg("rect", { x: 0, y: 4, width: 300, height: 6, rx: 3, class: "all" }),
  svg("rect", { x: 0, y: 4, width: 3 * part, height: 6, rx: 3, class: "part" }),
  svg("rect", { x: 199.5, y: 0, width: 1.5, height: 14, class: "needed" }));
  return bar;
}

function certificateOf(batch, { certificate }, now) {
  if (!certificate) return el("p", { class: "empty" }, "None: no row of it is on the DA network.");
  const signed = certificate.members.filter(({ signed }) => signed).length;
  return el("div", {},
    el("p", { id: "signed-weight" }, el("b", {}, `${grouped(certificate.signed_weight)} of ${grouped(certificate.total_weight)}`),
      ` weight signed, by ${signed} of ${plural(certificate.members.length, "validator")}.`),
    weights(certificate), bitmap(certificate.members),
    el("dl", { class: "facts" },
      fact("Blob", hash(batch.blob)),
      fact("Rows", grouped(batch.rows)),
      fact("Accepted", when(certificate.accepted_at / 1000, now)),
      fact("Kept until", when(certificate.expires_at / 1000, now)),
      fact("Set", hash(certificate.set))));
}

function proofOf({ proof }) {
  const words = proof.kind === "circuit"
    ? `${plural(proof.bytes, "byte")}, verified on L1 by the circuit’s verifier.`
    : `${plural(proof.bytes, "byte")}: the word of ${grouped(proof.kind.attested.threshold)} of ${plural(proof.kind.attested.attestors, "attestor")} stands for a proof. For development.`;
  return el("div", {}, el("p", { id: "proof" }, words), el("dl", { class: "facts" }, fact("Verifier", hash(proof.verifier))));
}

function consumed(name, { deposits, forced, cancelled }) {
  const parts = [[deposits, "deposit"], [forced, "forced withdrawal"], [cancelled, "cancelled place"]]
    .filter(([count]) => count > 0)
    .map(([count, word]) => plural(count, word));
  return parts.length > 0 ? `${name}: ${parts.join(", ")}` : null;
}

function operations({ counts }, submission) {
  const lines = [];
  lines.push(counts
    ? `${grouped(counts.signed)} signed, ${grouped(counts.from_l1)} of L1’s queue${counts.collected > 0 ? `, ${plural(counts.collected, "collection")} of fees` : ""}, in ${plural(counts.size, "place")}`
    : "no operator that is asked here knows how many were signed");
  if (submission) {
    lines.push(consumed("Queue on L1", submission.from_on_l1), consumed("queue off L1", submission.from_off_l1));
  }
  return lines.filter((line) => line).map((line) => el("span", { class: "line" }, line));
}

function carriage({ on, off }) {
  const first = on === "blob" ? "in a blob of L1" : on === "none" ? "none" : `in calldata, ${plural(on.calldata.elements, "element")}`;
  const second = off === "blob" ? "in a blob of L1" : off === "nowhere" ? "none" : `on the DA network, ${plural(off.network.rows, "row")}`;
  return [el("span", { class: "line" }, `Tree on L1: ${first}`), el("span", { class: "line" }, `tree off L1: ${second}`)];
}

function withdrawals(batch, submission) {
  const list = submission?.withdrawals ?? [];
  if (batch.withdrawals === 0) return [el("p", { class: "empty" }, "None.")];
  const items = list.map((leaving) => el("li", {},
    el("span", {}, el("b", {}, amount(leaving.amount, { token: leaving.token, exact: true })), ` ${TREES[leaving.tree]}`),
    el("span", { class: "to" }, leaving.account ? "to the other tree " : "to ", brief(leaving.account ?? leaving.recipient))));
  return [el("p", {}, `${grouped(batch.claimed)} of ${grouped(batch.withdrawals)} claimed.`), el("ol", { class: "withdrawals" }, ...items)];
}

function challenges(batch, now) {
  if (batch.challenges.length === 0) return el("p", { class: "empty" }, "None.");
  return el("ol", { class: "plain" }, ...batch.challenges.map((challenge) => el("li", {},
    `Row ${challenge.row}: `, el("b", { class: `state ${challenge.state}` }, challenge.state),
    ...(challenge.state === "open" ? [", the answer is due ", when(challenge.deadline, now)] : []))));
}

function part(title, ...content) {
  return el("section", {}, el("h3", {}, title), ...content);
}

export function show(batch, now) {
  const { submission } = batch;
  const call = submission?.said;
  const parts = [
    el("p", { class: "said", id: "batch-said" }, ...said(batch, now)),
    part("Roots", el("dl", { class: "facts wideness" },
      rootLine("on_l1", batch.prior?.on_l1, batch.on_l1), rootLine("off_l1", batch.prior?.off_l1, batch.off_l1))),
  ];
  if (batch.submission_trouble) parts.push(el("p", { class: "note" }, `Its transaction cannot be read: ${batch.submission_trouble}.`));
  if (submission && !call) parts.push(el("p", { class: "note" }, "Another contract made its call, whose calldata does not have it."));
  if (call) {
    parts.push(part("Certificate", certificateOf(batch, call, now)), part("Proof", proofOf(call)));
  }
  if (batch.kind === "batch" || batch.kind === "checkpoint") {
    parts.push(part("Transaction", el("dl", { class: "facts" },
      fact("Hash", hash(batch.transaction)),
      fact("Operator", hash(batch.operator)),
      fact("L1 block", grouped(batch.block)),
      submission && fact("Gas", `${grouped(submission.gas)}${submission.blob_gas > 0 ? ` and ${grouped(submission.blob_gas)} of blobs` : ""}, ${amount(submission.cost)}`),
      call && fact("Carriage", ...carriage(call)),
      batch.kind === "batch" && fact("Operations", ...operations(batch, call)))));
    if (batch.kind === "batch") parts.push(part("Withdrawals", ...withdrawals(batch, call)));
    parts.push(part("Challenges", challenges(batch, now)));
  }
  find("batch").replaceChildren(...parts);
}
