// Elements, numbers and times. Whatever came from elsewhere is put in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const WEI = 10n ** 18n;

export const find = (id) => document.getElementById(id);

export function text(id, value) {
  const element = find(id);
  // A live region speaks when it is written to: only for what is new.
  if (element.textContent !== value) element.textContent = value;
}

// An element with attributes and children; a child that is no element is text.
export function el(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// A hash or address: all of it is there to be copied, as much of it is seen as there is room for.
export function hash(value, extra = "") {
  return el("code", { class: `hash ${extra}`, title: value }, value);
}

// The same with both ends, where there is room for few letters.
export function brief(value, digits = 4) {
  const shown = value.length > 2 * digits + 4 ? `${value.slice(0, digits + 2)}…${value.slice(-digits)}` : value;
  return el("code", { title: value }, shown);
}

export function grouped(number) {
  return Number(number).toLocaleString("en-US", { maximumFractionDigits: 0 });
}

// An amount in a token's smallest unit; of ETH in ETH, to six digits unless it is to be exact.
export function amount(value, { token = 0, exact = false } = {}) {
  const units = BigInt(value);
  if (token !== 0) return `${units} of token ${token}`;
  const [whole, part] = [units / WEI, units % WEI];
  if (part === 0n) return `${grouped(whole)} ETH`;
  // Dust is told in smaller units: nobody counts zeros.
  if (units < 10n ** 9n) return `${grouped(units)} wei`;
  if (units < 10n ** 13n && !exact) return `${Number(units / 10n ** 6n) / 1000} gwei`;
  const digits = part.toString().padStart(18, "0").replace(/0+$/, "");
  return `${grouped(whole)}.${exact || digits.length <= 6 ? digits : `${digits.slice(0, 6)}…`} ETH`;
}

export function share(part, whole) {
  return whole > 0 ? Math.floor((100 * part) / whole) : 0;
}

export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(whole / unit));
  if (days >= 1) return `${days} d ${hours % 24} h`;
  if (hours >= 1) return `${hours} h ${minutes % 60} min`;
  if (minutes >= 1) return `${minutes} min`;
  return `${whole} s`;
}

// The same in one unit, for a narrow column.
export function age(seconds) {
  return span(seconds).replace(/^(\d+ \w+) .*$/, "$1");
}

// A time, as far away as it is.
export function when(seconds, now) {
  return time(seconds, seconds > now ? `in ${span(seconds - now)}` : `${span(now - seconds)} ago`);
}

// A time in words of one's own.
export function time(seconds, words) {
  const iso = new Date(seconds * 1000).toISOString();
  return el("time", { datetime: iso, title: iso.replace("T", " ").replace(/\.\d+Z$/, " UTC") }, words);
}

// Keeps a list's elements where they are and fills them anew, so that the focus stays.
export function fill(list, items, make, put) {
  items.forEach((item, place) => {
    const element = list.children[place] ?? list.appendChild(make());
    put(element, item);
  });
  while (list.children.length > items.length) list.lastElementChild.remove();
}

export function fact(name, ...values) {
  return el("div", {}, el("dt", {}, name), el("dd", {}, ...values));
}

export function plural(count, one, many = `${one}s`) {
  return `${grouped(count)} ${Number(count) === 1 ? one : many}`;
}

export const TREES = { on_l1: "on L1", off_l1: "off L1" };
