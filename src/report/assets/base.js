// Elements, words, and scraped text: everything that is shown goes through here, and nothing is
// ever parsed as markup.
const root = document.documentElement;
const byId = (id) => document.getElementById(id);
const meta = JSON.parse(byId("meta").textContent);
let lang = root.lang === "ar" ? "ar" : "en";

/** The words of a key in the language of the page. */
function T(key, ...args) {
  const row = meta.words[key];
  const text = row ? row[lang === "ar" ? 1 : 0] : key;
  return args.reduce((text, arg, i) => text.replaceAll(`{${i}}`, arg), text);
}

/** The same as nodes: arguments are isolates, so that a figure keeps its unit beside Arabic. */
function spoken(key, args) {
  const parts = T(key).split(/\{(\d)\}/);
  return parts.map((part, i) => (i % 2 === 0 ? part : el("bdi", { dir: "ltr" }, args[part] ?? "")));
}

/** An element: attributes, event handlers (functions), and children (text or nodes). */
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function svg(name, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const hex = (code) => code.toString(16).toUpperCase().padStart(4, "0");
const acting = new RegExp(
  `[${meta.acting.map(([from, to]) => `\\u{${hex(from)}}-\\u{${hex(to)}}`).join("")}]`,
  "gu",
);

/** Scraped text as nodes: what acts on its surroundings is a named chip. */
function visible(text, keepLines) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(acting)) {
    const sign = match[0];
    const blank = sign === "\n" || sign === "\r" || sign === "\t";
    if (blank && keepLines) continue;
    nodes.push(text.slice(from, match.index));
    nodes.push(blank ? " " : el("span", { class: "ctl" }, `U+${hex(sign.codePointAt(0))}`));
    from = match.index + sign.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

/** Scraped text, isolated. */
function scraped(text, most = 300) {
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return el("bdi", { lang: "ar", dir: "auto" }, visible(cut));
}

/** The name of an outlet, on one line: what finds no room is told by a hint. */
function named(text) {
  const hint = text.length > 16 ? text.slice(0, 640).replace(acting, "\ufffd") : null;
  const cut = text.length > 160 ? `${text.slice(0, 160)}…` : text;
  return el("bdi", { lang: "ar", dir: "auto", class: "name", title: hint }, visible(cut));
}

/** A number, a day, or a name for machines. */
const number = (text) => el("bdi", { dir: "ltr", class: "n" }, String(text));
const code = (text) => el("bdi", { dir: "ltr", class: "code" }, visible(text.slice(0, 300)));

const count = (n) => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

function bytes(n) {
  let unit = 0;
  while (n >= 999.5 && unit < 4) {
    n /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || n >= 99.95 ? 0 : 1;
  return `${n.toFixed(digits)} ${["B", "kB", "MB", "GB", "TB"][unit]}`;
}

/** A day of so many days since 1970. */
const day = (n) => (n === null ? null : new Date(n * 86400000).toISOString().slice(0, 10));
/** Whether a day is believed: others are marked, and on no axis. */
const likely = (n) => n !== null && n >= meta.days[0] && n <= meta.days[1];
const similarity = (n) => (n === null ? "–" : (n / 10000).toFixed(4));

/** Says something to who listens instead of looking. */
function say(text) {
  byId("said").textContent = text;
}
