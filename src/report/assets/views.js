// Views, language, theme, keys, CSV, and the state in the address.
const VIEWS = [...document.querySelectorAll("section.view")].map((view) => view.id);
let state = {};

function readHash() {
  const [view, ...rest] = location.hash.slice(1).split("&");
  const next = { view: VIEWS.includes(view) ? view : VIEWS[0] };
  try {
    for (const part of rest) {
      const at = part.indexOf("=");
      if (at > 0) next[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    }
  } catch {
    // An address that was cut or typed.
    return { view: VIEWS[0] };
  }
  return next;
}

/** Changes the state: null takes a part out. */
function go(change) {
  const next = { ...state, ...change };
  if (change.view && change.view !== state.view) delete next.c;
  const parts = Object.entries(next)
    .filter(([key, value]) => key !== "view" && value !== null && value !== "" && value !== undefined)
    .map(([key, value]) => `${key}=${encodeURIComponent(String(value).replace(/\p{Surrogate}/gu, "\ufffd"))}`);
  const hash = `#${[next.view, ...parts].join("&")}`;
  if (hash === location.hash) return;
  history.pushState(null, "", hash);
  apply();
}

const whole = (text) => (/^\d{1,9}$/.test(text ?? "") ? Number(text) : null);

async function apply() {
  const before = state;
  state = readHash();
  for (const view of VIEWS) byId(view).classList.toggle("on", view === state.view);
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === state.view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (before.view !== undefined && before.view !== state.view) {
    scrollTo(0, 0);
    byId(`h-${state.view}`).focus({ preventScroll: true });
  }
  if (state.view !== "clusters" || columns === null) return;
  const sort = SORTS.includes(state.sort) ? state.sort : "size";
  const pair = [whole(state.a), whole(state.b)].filter((n) => n !== null);
  const wanted = {
    q: state.q ?? "",
    sort,
    turn: state.turn === "1",
    show: ["outlets", "versions"].includes(state.show) ? state.show : "all",
    pair: pair.length > 0 ? pair : null,
  };
  const same = Object.keys(wanted).every((key) => JSON.stringify(wanted[key]) === JSON.stringify(list[key]));
  const rebuilt = byId("list") === null || JSON.stringify(wanted.pair) !== JSON.stringify(list.pair);
  Object.assign(list, wanted);
  if (rebuilt) buildList();
  if (rebuilt || !same) {
    if (!rebuilt) syncControls();
    arrange();
  }
  const cluster = whole(state.c);
  await openCluster(cluster !== null && cluster < meta.listed ? cluster : null, whole(state.d));
}

function syncControls() {
  const search = byId("search");
  if (search !== document.activeElement) search.value = list.q;
  byId("choose-sort").value = list.sort;
  byId("choose-show").value = list.show;
  byId("turn").setAttribute("aria-pressed", String(list.turn));
}

/** Says everything in the other language. */
function speak(next) {
  lang = next;
  root.lang = next;
  root.dir = next === "ar" ? "rtl" : "ltr";
  for (const node of document.querySelectorAll("[data-t]")) {
    const args = node.dataset.a ? JSON.parse(node.dataset.a) : [];
    if (args.length === 0) node.textContent = T(node.dataset.t);
    else node.replaceChildren(...spoken(node.dataset.t, args));
  }
  for (const node of document.querySelectorAll("[data-l]")) node.setAttribute("aria-label", T(node.dataset.l));
  document.title = T("title");
  if (columns !== null && byId("list") !== null) {
    const cluster = opened.cluster;
    buildList();
    opened.cluster = null;
    arrange();
    if (cluster !== null) openCluster(cluster, opened.member);
  }
}

/** Dark or light; remembered where the browser allows. */
function setTheme(theme) {
  root.dataset.theme = theme;
  try {
    localStorage.setItem("tikrar-theme", theme);
  } catch {
    // A page of a file may have no storage.
  }
}

function otherTheme() {
  const dark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  setTheme(dark ? "light" : "dark");
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(location.href);
    say(T("copied"));
  } catch {
    prompt(T("copy_link"), location.href);
  }
}

/** A cell of CSV; what a spreadsheet would take for a formula is text. */
function csvCell(value) {
  let text = String(value ?? "").replace(acting, " ");
  if (/^[=+\-@]/.test(text) && !/^[+-]?[\d.,]+$/.test(text)) text = `'${text}`;
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvRows() {
  if (state.view !== "clusters") {
    return [...byId(state.view).querySelectorAll("table")].flatMap((table) => [
      [table.caption?.textContent ?? ""],
      ...[...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
      [],
    ]);
  }
  if (opened.data !== null) {
    const head = ["cluster", "page", "outlet", "day", "similarity", "what", "url", "lost_words"];
    return [
      head,
      ...opened.data.members.map((row) => [
        opened.data.id, row[0], row[1] === null ? "" : meta.outlets[row[1]], day(row[2]),
        similarity(row[3]), fate(row), row[6], row[7],
      ]),
    ];
  }
  const c = columns;
  const head = ["number", "title", "pages", "outlets", "first_day", "days", "lowest_similarity", "bytes_removed", "lost_words"];
  return [
    head,
    ...Array.from(list.order, (i) => [
      i, c.title[i], c.size[i], c.outlets[i].map((o) => meta.outlets[o]).join("; "),
      day(c.first[i]), c.span[i], similarity(c.low[i]), c.bytes[i], c.lost[i],
    ]),
  ];
}

function saveCsv() {
  const text = csvRows().map((row) => row.map(csvCell).join(",")).join("\r\n");
  const address = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  el("a", { href: address, download: `tikrar-${state.view}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const inList = state.view === "clusters" && columns !== null && byId("list") !== null;
  const onButton = event.target.closest("button, a, summary");
  const keys = {
    "?": () => byId("keys").click(),
    "/": () => {
      if (!inList) go({ view: "clusters" });
      setTimeout(() => byId("search")?.focus());
    },
  };
  if (inList) {
    keys.j = () => moveTo(list.at + 1);
    keys.k = () => moveTo(list.at - 1);
    keys.n = () => step(1);
    keys.p = () => step(-1);
    keys.o = () => byId("only")?.click();
    keys.d = () => opened.data && go({ d: Math.min((opened.member ?? 0) + 1, opened.data.members.length - 1) });
    keys.Escape = () => (opened.member === null ? go({ c: null, d: null }) : go({ d: null }));
    if (!onButton) keys.Enter = () => list.order.length > 0 && go({ c: list.order[list.at], d: null });
    if (event.target === listBox) {
      keys.ArrowDown = keys.j;
      keys.ArrowUp = keys.k;
      keys.Home = () => moveTo(0);
      keys.End = () => moveTo(list.order.length - 1);
      keys.PageDown = () => moveTo(list.at + 10);
      keys.PageUp = () => moveTo(list.at - 10);
    }
  }
  const act = Object.hasOwn(keys, event.key) ? keys[event.key] : null;
  if (act !== null) {
    event.preventDefault();
    act();
  }
}
