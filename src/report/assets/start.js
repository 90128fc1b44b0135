// What happens when the page is there.
try {
  const theme = localStorage.getItem("tikrar-theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
} catch {
  // A page of a file may have no storage.
}
root.classList.add("js");

byId("lang").addEventListener("click", () => speak(lang === "ar" ? "en" : "ar"));
byId("theme").addEventListener("click", otherTheme);
byId("keys").addEventListener("click", () => {
  const there = byId("help");
  if (there !== null) there.remove();
  else byId("main").before(el("p", { id: "help", class: "help", role: "status", "data-t": "help" }, T("help")));
});
for (const link of document.querySelectorAll("nav a")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go({ view: link.dataset.view, d: null });
  });
}
for (const cell of document.querySelectorAll("[data-from], [data-to]")) {
  const { from, to } = cell.dataset;
  cell.tabIndex = 0;
  cell.setAttribute("role", "button");
  const show = () => go({ view: "clusters", a: from ?? null, b: to ?? null, q: null, show: null });
  cell.addEventListener("click", show);
  cell.addEventListener("keydown", (event) => event.key === "Enter" && show());
}
for (const link of document.querySelectorAll("[data-open]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    go({ view: "clusters" });
    go({ show: "versions", c: link.dataset.open });
  });
}
for (const section of document.querySelectorAll("section.view:not(#clusters)")) {
  section.append(el("p", { class: "view-tools" }, el("button", { type: "button", class: "csv", "data-t": "csv", click: saveCsv }, T("csv"))));
}
addEventListener("keydown", onKey);
addEventListener("popstate", apply);
addEventListener("hashchange", apply);
narrow.addEventListener("change", () => listBox && draw(true));
addEventListener("resize", () => listBox && draw(true));

apply();
loadColumns().then(apply, (error) => {
  byId("browser").replaceChildren(el("p", { class: "alarm", role: "alert" }, `${T("broken")} ${error.message}`));
});
