// One cluster: its members, and when they stood where.
const opened = { cluster: null, member: null, data: null };
const LANES = 40;

async function openCluster(cluster, member) {
  const changed = opened.cluster !== cluster;
  opened.cluster = cluster;
  opened.member = member;
  const place = byId("opened");
  if (cluster === null) {
    place.replaceChildren();
    opened.data = null;
    draw(true);
    return;
  }
  if (changed || place.childElementCount === 0) {
    place.replaceChildren(el("p", { class: "loading" }, T("loading")));
    const data = await membersOf(cluster);
    if (opened.cluster !== cluster) return;
    opened.data = data;
    place.replaceChildren(clusterPanel(cluster, data));
    draw(true);
    place.scrollIntoView({ block: "nearest" });
  }
  await openBeside(cluster, member);
}

function clusterPanel(cluster, data) {
  const c = columns;
  const title = c.title[cluster].trim() === "" ? el("i", {}, T("untitled")) : scraped(c.title[cluster]);
  const panel = el(
    "article",
    { class: "panel", "aria-labelledby": "opened-title" },
    el(
      "div",
      { class: "bar-of-tools" },
      el("button", { type: "button", id: "copy-link", click: copyLink }, T("copy_link")),
      el("button", { type: "button", id: "csv-members", click: saveCsv }, T("csv")),
      el("button", { type: "button", id: "close", click: () => go({ c: null, d: null }) }, T("close")),
    ),
    el("h3", { id: "opened-title", tabindex: "-1" }, title),
    el(
      "p",
      { class: "facts" },
      `${T("pages")}: ${count(c.size[cluster])} · ${T("outlets_n", count(c.outlets[cluster].length))} · `,
      c.span[cluster] === null ? T("undated") : T("days_n", c.span[cluster] + 1),
      ` · ${T("lowest")} `,
      number(similarity(c.low[cluster])),
    ),
  );
  if (data === null) {
    panel.append(el("p", {}, `${T("members_not_here")} `, code("clusters.jsonl")));
    return panel;
  }
  const reason = `keep_${data.reason.replaceAll(" ", "_")}`;
  const kept = data.members[0][2];
  if (kept !== null && !likely(kept)) panel.append(el("p", { class: "alarm" }, `▲ ${T("odd_keeper")}`));
  panel.append(
    el("p", {}, `${T("cluster")} `, code(data.id), ` · ${T("kept_because")} `, meta.words[reason] ? T(reason) : data.reason),
    lanes(data),
    memberTable(cluster, data),
    el("div", { id: "beside" }),
  );
  return panel;
}

/** A row an outlet, a dot a page. */
function lanes(data) {
  const days = data.members.map((row) => row[2]).filter(likely);
  const [first, last] = [Math.min(...days), Math.max(...days)];
  if (days.length === 0) return el("p", { class: "none" }, T("undated"));
  const byOutlet = new Map();
  for (const row of data.members) {
    const name = row[1] === null ? null : row[1];
    if (!byOutlet.has(name)) byOutlet.set(name, []);
    byOutlet.get(name).push(row);
  }
  const start = (rows) => Math.min(...rows.map((row) => (likely(row[2]) ? row[2] : Infinity)));
  const all = [...byOutlet].sort((a, b) => start(a[1]) - start(b[1]));
  const place = (n) => (last === first ? 50 : 2 + (96 * (n - first)) / (last - first));
  const figure = el(
    "figure",
    { class: "lanes" },
    el("figcaption", {}, T("timeline")),
    all.slice(0, LANES).map(([name, rows]) => {
      const lane = svg("svg", { class: "lane", role: "img", height: "22", width: "100%" });
      lane.append(svg("line", { class: "rail", x1: "0", x2: "100%", y1: "11", y2: "11" }));
      for (const row of rows.filter((row) => likely(row[2]))) {
        const label = `${day(row[2])} ${T(fate(row))}`;
        const dot = row[4] === 0
          ? svg("rect", { class: "keeper", x: `${place(row[2])}%`, y: "5", width: "12", height: "12", transform: "translate(-6 0)" })
          : svg("circle", { class: row[2] === first ? "dot first" : "dot", cx: `${place(row[2])}%`, cy: "11", r: "5" });
        const hint = svg("title", {});
        hint.textContent = label;
        dot.append(hint);
        lane.append(dot);
      }
      const days = [...new Set(rows.map((row) => day(row[2]) ?? T("undated")))].join("، ");
      lane.setAttribute("aria-label", days);
      return el("div", { class: "lane-row" }, el("span", { class: "who" }, name === null ? "–" : named(meta.outlets[name])), lane);
    }),
    el("div", { class: "lane-row axis", dir: "ltr" }, el("span", {}), el("span", { class: "ends" }, number(day(first)), number(first === last ? "" : day(last)))),
  );
  return figure;
}

function fate(row) {
  if (row[4] === 0) return "is_keeper";
  if (row[5] === 0) return "copy_kept";
  return row[4] === 1 ? "exact_removed" : "copy_removed";
}

const webAddress = /^https?:\/\//i;

function memberTable(cluster, data) {
  const heads = ["page", "outlet", "day", "similarity", "what", "lost_words", "beside"];
  const rows = data.members.map((row, member) => {
    const [id, outlet, date, low, , , url, lost] = row;
    const link = url && webAddress.test(url)
      ? el("a", { class: "out", href: url, rel: "noopener noreferrer", target: "_blank" }, "↗")
      : null;
    return el(
      "tr",
      { class: opened.member === member ? "chosen" : null, "data-member": member },
      el("td", {}, code(id), " ", link),
      el("td", {}, outlet === null ? "–" : named(meta.outlets[outlet])),
      el("td", { class: "n" }, date === null ? "–" : number(day(date)), date === null || likely(date) ? null : el("span", { class: "odd" }, ` ▲ ${T("odd_day")}`)),
      el("td", { class: "n" }, number(similarity(low))),
      el("td", {}, T(fate(row))),
      el("td", { class: "n" }, lost === null ? "–" : number(count(lost))),
      el(
        "td",
        {},
        member === 0
          ? null
          : el("button", { type: "button", class: "show-beside", click: () => go({ c: cluster, d: member }) }, T("beside")),
      ),
    );
  });
  return el(
    "div",
    { class: "scroll", tabindex: "0" },
    el(
      "table",
      { id: "members" },
      el("caption", {}, T("members")),
      el("thead", {}, el("tr", {}, heads.map((key) => el("th", { scope: "col" }, T(key))))),
      el("tbody", {}, rows),
    ),
    data.more > 0 ? el("p", {}, `${T("more_members", count(data.more))} `, code("clusters.jsonl")) : null,
  );
}
