// A copy beside the page that stays. Kinds of runs: 0 same, 1 same after folding, 2 different,
// 3 moved, 4 only in the page that stays, 5 only in the copy.
const KINDS = ["same", "folded", "changed", "moved", "only_a", "only_b"];
const beside = { only: false, at: -1, marks: [] };

async function openBeside(cluster, member) {
  const place = byId("beside");
  if (place === null) return;
  for (const row of document.querySelectorAll("#members tbody tr")) {
    row.classList.toggle("chosen", Number(row.dataset.member) === member);
  }
  if (member === null || opened.data === null || !opened.data.members[member]) {
    place.replaceChildren();
    return;
  }
  const pair = await besideOf(cluster, member);
  if (opened.cluster !== cluster || opened.member !== member) return;
  place.replaceChildren(pair === null ? notHere(member) : panes(pair, member));
  place.scrollIntoView({ block: "nearest" });
}

function notHere(member) {
  const rows = opened.data.members;
  const name = (id) => (/^[\w./#-]+$/.test(id) ? id : `'${id.replaceAll("'", "'\\''")}'`);
  return el(
    "p",
    { class: "not-here" },
    `${T("not_here")} `,
    el("code", { dir: "ltr" }, visible(`tikrar compare ${name(rows[0][0])} ${name(rows[member][0])} --in DIR`)),
  );
}

function panes(pair, member) {
  const rows = opened.data.members;
  const marks = pair.runs.filter((run) => run[0] !== 0).length;
  const controls = el(
    "div",
    { class: "controls" },
    el("button", { type: "button", id: "previous", click: () => step(-1) }, T("previous_difference")),
    el("button", { type: "button", id: "next", click: () => step(1) }, T("next_difference")),
    el("button", { type: "button", id: "only", "aria-pressed": String(beside.only), click: toggleOnly }, T("only_differences")),
    el("output", { id: "differences" }, marks === 0 ? T("no_differences") : T("differences_n", count(marks))),
  );
  const legend = el(
    "p",
    { class: "legend" },
    KINDS.map((kind) => el("span", { class: `run ${kind}` }, T(`run_${kind}`))),
  );
  const head = (key, row) =>
    el("header", {}, el("b", {}, T(key)), " ", row[1] === null ? null : named(meta.outlets[row[1]]), " ", code(row[0]));
  const heads = [head("keeper_text", rows[0]), head("copy_text", rows[member])];
  const body = beside.only ? onlyDifferences(pair) : sideBySide(pair, heads);
  const figure = el(
    "section",
    { class: "diff", "aria-label": T("beside"), tabindex: "-1" },
    el("h4", {}, T("beside")),
    controls,
    legend,
    body,
  );
  beside.at = -1;
  beside.marks = [...figure.querySelectorAll("[data-mark]")];
  return figure;
}

const textOf = (run, copy) => (copy ? (run[2] ?? run[1]) : run[1]);

/** A run as an element; a word is never broken, so that its letters stay joined. */
function runNode(run, nth, copy) {
  const text = textOf(run, copy);
  const words = text.replace(/\s+$/u, "");
  if (words === "") return text;
  const kind = KINDS[run[0]];
  if (run[0] === 0) return el("span", {}, visible(text, true));
  const name = run[0] === 4 ? "del" : run[0] === 5 ? "ins" : "span";
  return [
    el(name, { class: `run ${kind}`, "data-mark": nth, title: T(`run_${kind}`) }, visible(words, true)),
    text.slice(words.length),
  ];
}

function sideBySide(pair, heads) {
  const order = pair.runs.map((_, i) => i);
  const left = order.filter((i) => textOf(pair.runs[i], false) !== "");
  const right = pair.order ?? order.filter((i) => pair.runs[i][0] !== 4);
  const pane = (numbers, copy) => {
    const nodes = numbers.map((i) => runNode(pair.runs[i], i, copy)).flat();
    const text = el("div", { class: "pane", lang: "ar", dir: "auto", tabindex: "0" }, nodes);
    return el("div", {}, heads[copy ? 1 : 0], text);
  };
  return el("div", { class: "panes" }, pane(left, false), pane(right, true));
}

/** A table of the runs that differ, each with the words before it. */
function onlyDifferences(pair) {
  let before = "";
  const rows = [];
  pair.runs.forEach((run, nth) => {
    if (run[0] === 0) {
      before = run[1].trim().split(/\s+/u).slice(-4).join(" ");
      return;
    }
    const side = (copy) => el("td", { lang: "ar", dir: "auto" }, [runNode(run, nth, copy)].flat());
    rows.push(
      el(
        "tr",
        {},
        el("td", {}, T(`run_${KINDS[run[0]]}`)),
        el("td", { class: "context", lang: "ar", dir: "auto" }, visible(before)),
        run[0] === 5 ? el("td", {}) : side(false),
        run[0] === 4 ? el("td", {}) : side(true),
      ),
    );
  });
  const heads = ["kind", "text", "keeper_text", "copy_text"];
  return el(
    "div",
    { class: "scroll", tabindex: "0" },
    el(
      "table",
      { class: "only" },
      el("caption", {}, T("only_differences")),
      el("thead", {}, el("tr", {}, heads.map((key) => el("th", { scope: "col" }, T(key))))),
      el("tbody", {}, rows),
    ),
  );
}

async function toggleOnly() {
  beside.only = !beside.only;
  await openBeside(opened.cluster, opened.member);
  byId("only")?.focus();
}

/** Goes to the next or the previous difference, in both texts. */
function step(by) {
  const numbers = [...new Set(beside.marks.map((mark) => Number(mark.dataset.mark)))].sort((a, b) => a - b);
  if (numbers.length === 0) return;
  beside.at = (beside.at + by + numbers.length + (beside.at < 0 && by < 0 ? 1 : 0)) % numbers.length;
  const chosen = numbers[beside.at];
  let first = true;
  for (const mark of beside.marks) {
    const on = Number(mark.dataset.mark) === chosen;
    mark.classList.toggle("at", on);
    if (on && first) {
      mark.scrollIntoView({ block: "center" });
      say(`${T(`run_${KINDS.find((kind) => mark.classList.contains(kind))}`)}: ${mark.textContent}`);
      first = false;
    }
  }
}
