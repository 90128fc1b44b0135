// The list of all clusters: only the rows in sight are elements.
const list = { q: "", sort: "size", turn: false, show: "all", pair: null, order: [], at: 0 };
const SORTS = ["size", "outlets", "days", "low", "bytes", "lost", "first"];
const narrow = matchMedia("(max-width: 640px)");
const rowHeight = () => (narrow.matches ? 76 : 38);
let listBox, listRows, listSpace, listFound;

/** The value that clusters are sorted by; larger comes first. */
function sortKey(sort) {
  const c = columns;
  switch (sort) {
    case "outlets": return (i) => c.outlets[i].length;
    case "days": return (i) => (c.span[i] === null ? 0 : c.span[i] + 1);
    case "low": return (i) => (c.low[i] === null ? 0 : 10001 - c.low[i]);
    case "bytes": return (i) => Math.min(c.bytes[i], 2 ** 31);
    case "lost": return (i) => Math.min(c.lost[i], 2 ** 31);
    case "first": return (i) => (c.first[i] === null ? 0 : c.first[i] + 1000000);
    default: return (i) => c.size[i];
  }
}

/** Folded names of outlets. */
let outletKeys = null;

/** Clusters that hold all words of the query in their title or an outlet's name. */
function matching(query) {
  const words = fold(query).split(" ").filter((word) => word !== "");
  if (words.length === 0) return () => true;
  foldTitles(meta.listed);
  outletKeys ??= meta.outlets.map(fold);
  const named = words.map((word) => {
    const numbers = outletKeys.map((name, i) => (name.includes(word) ? i : -1));
    return new Set(numbers.filter((i) => i >= 0));
  });
  return (i) => {
    const title = titles[i];
    for (let w = 0; w < words.length; w += 1) {
      if (title.includes(words[w])) continue;
      if (named[w].size === 0 || !columns.outlets[i].some((o) => named[w].has(o))) return false;
    }
    return true;
  };
}

function arrange() {
  const fits = matching(list.q);
  const several = new Set();
  if (list.show === "versions") {
    columns.family.forEach((first, i) => {
      if (first !== i) several.add(first);
    });
  }
  const shown = (i) => {
    if (list.show === "outlets" && columns.outlets[i].length < 2) return false;
    if (list.show === "versions" && !several.has(columns.family[i])) return false;
    if (list.show === "all" && columns.size[i] < 2) return false;
    if (list.pair && !list.pair.every((outlet) => columns.outlets[i].includes(outlet))) return false;
    return fits(i);
  };
  const key = sortKey(list.sort);
  // Key and place in one number: sorted without a comparison function, stable.
  const packed = new Float64Array(meta.listed);
  let n = 0;
  for (let i = 0; i < meta.listed; i += 1) {
    if (!shown(i)) continue;
    const value = key(i);
    packed[n] = (list.turn ? value : 2 ** 31 - value) * 2 ** 21 + i;
    n += 1;
  }
  const sorted = packed.subarray(0, n).sort();
  list.order = Uint32Array.from(sorted, (value) => value % 2 ** 21);
  list.at = 0;
  listBox.scrollTop = 0;
  const found = T("found_n", count(n), count(meta.clusters));
  listFound.textContent = found;
  say(found);
  listBox.setAttribute("aria-rowcount", n);
  draw(true);
}

let drawn = [-1, -1];

/** Puts the rows in sight into the page. */
function draw(again) {
  const height = rowHeight();
  listSpace.style.height = `${list.order.length * height}px`;
  const first = Math.max(0, Math.floor(listBox.scrollTop / height) - 6);
  const last = Math.min(list.order.length, first + Math.ceil(listBox.clientHeight / height) + 12);
  if (!again && drawn[0] === first && drawn[1] === last) return;
  drawn = [first, last];
  const rows = [];
  for (let at = first; at < last; at += 1) rows.push(rowOf(at, height));
  if (list.order.length === 0) rows.push(el("p", { class: "none" }, T("no_match")));
  listRows.replaceChildren(...rows);
}

function rowOf(at, height) {
  const i = list.order[at];
  const c = columns;
  const title = c.title[i].trim() === "" ? el("i", {}, T("untitled")) : scraped(c.title[i]);
  const cell = (cls, label, ...inner) =>
    el("span", { role: "gridcell", class: cls, title: label }, ...inner);
  const row = el(
    "div",
    {
      role: "row",
      id: `row-${i}`,
      class: `row${at === list.at ? " at" : ""}${opened.cluster === i ? " opened" : ""}`,
      "aria-rowindex": at + 1,
      "aria-selected": at === list.at ? "true" : "false",
      click: () => {
        list.at = at;
        go({ c: i, d: null });
      },
    },
    cell("size n", T("pages"), count(c.size[i])),
    cell("title", null, title),
    cell("n", T("outlets"), count(c.outlets[i].length)),
    cell("n day", T("sort_first"), number(day(c.first[i]) ?? "–")),
    cell("n", T("sort_days"), c.span[i] === null ? "–" : number(`+${c.span[i]}`)),
    cell("n", T("lowest"), number(similarity(c.low[i]))),
    cell("n", T("sort_bytes"), number(bytes(c.bytes[i]))),
    cell("n lost", T("lost_words"), number(count(c.lost[i]))),
  );
  row.style.top = `${at * height}px`;
  row.style.height = `${height}px`;
  return row;
}

/** Moves the mark, and the list with it. */
function moveTo(at) {
  if (list.order.length === 0) return;
  list.at = Math.max(0, Math.min(list.order.length - 1, at));
  const height = rowHeight();
  const top = list.at * height;
  if (top < listBox.scrollTop) listBox.scrollTop = top;
  const bottom = top + height - listBox.clientHeight;
  if (bottom > listBox.scrollTop) listBox.scrollTop = bottom;
  draw(true);
  listBox.setAttribute("aria-activedescendant", `row-${list.order[list.at]}`);
}

/** The list with its tools. */
function buildList() {
  const choice = (key, options, value, set) =>
    el(
      "label",
      {},
      `${T(key)} `,
      el(
        "select",
        { id: `choose-${key}`, change: (event) => go({ [set]: event.target.value }) },
        options.map(([name, label]) =>
          el("option", { value: name, selected: name === value }, T(label)),
        ),
      ),
    );
  let typing = 0;
  const search = el("input", {
    id: "search",
    type: "search",
    dir: "auto",
    placeholder: T("search_hint"),
    value: list.q,
    autocomplete: "off",
    input: (event) => {
      clearTimeout(typing);
      typing = setTimeout(() => go({ q: event.target.value }), 15);
    },
  });
  search.value = list.q;
  listFound = el("output", { class: "found", id: "found" });
  const pair = list.pair
    ? el(
        "button",
        { type: "button", class: "chip", click: () => go({ a: null, b: null }) },
        T("pair_filter", ...list.pair.map((i) => `\u2068${shortName(i)}\u2069`)),
        ` × ${T("clear")}`,
      )
    : null;
  const heads = ["pages", "headline", "outlets", "sort_first", "sort_days", "lowest", "sort_bytes", "lost_words"];
  listSpace = el("div", { class: "space", role: "presentation" });
  listRows = el("div", { class: "rows", role: "rowgroup" });
  listSpace.append(listRows);
  listBox = el(
    "div",
    { class: "list", role: "grid", tabindex: "0", id: "list", "aria-label": T("clusters"), scroll: () => draw(false) },
    listSpace,
  );
  byId("browser").replaceChildren(
    el(
      "div",
      { class: "controls", role: "search" },
      el("label", { class: "wide" }, `${T("search")} `, search),
      choice("sort", SORTS.map((sort) => [sort, `sort_${sort}`]), list.sort, "sort"),
      el("button", { type: "button", id: "turn", "aria-pressed": String(list.turn), click: () => go({ turn: list.turn ? null : "1" }) }, T("turn")),
      choice("show", [["all", "show_all"], ["outlets", "show_outlets"], ["versions", "show_versions"]], list.show, "show"),
      el("button", { type: "button", id: "csv", click: saveCsv }, T("csv")),
      pair,
      listFound,
    ),
    el(
      "div",
      { class: "heads", "aria-hidden": "true" },
      heads.map((key) => el("span", {}, T(key))),
    ),
    listBox,
    el("div", { id: "opened" }),
  );
}

const shortName = (i) => (meta.outlets[i] ?? "?").replace(acting, "").slice(0, 60);
