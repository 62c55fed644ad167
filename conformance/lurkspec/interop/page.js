"use strict";
// The page stands without this; here are the filter, the details of a cell and the way to it by #ID and by keys.
const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter"), detail = document.getElementById("detail");
const legend = document.getElementById("legend"), order = ["fail", "error", "pass", "unsupported"];
const byId = new Map(data.cells.map(cell => [cell.id, cell]));
const all = selector => [...document.querySelectorAll(selector)];

const known = new Map();
function cellsOf(element) {
  if (!known.has(element)) known.set(element, element.dataset.cells.split(" ").map(n => data.cells[n]));
  return known.get(element);
}
const shownOf = element => cellsOf(element).filter(cell => cell.shown);
const counted = cells => ["pass", "fail", "unsupported", "error"]
  .map(outcome => [cells.filter(cell => cell.outcome === outcome).length, data.words[outcome]])
  .filter(([count]) => count).map(pair => pair.join(" ")).join(", ");

function make(name, text, more = {}) {
  const element = Object.assign(document.createElement(name), more);
  if (text !== "") element.textContent = text;
  return element;
}

// The filter

function wanted() {
  const facets = ["scenario", "client", "edge", "keyserver"].filter(name => form.elements[name].value);
  const sets = ["outcome", "over"].map(name => [name, new Set(all(`[name=${name}]:checked`).map(box => box.value))]);
  const word = form.elements.text.value.trim().toLowerCase();
  return cell => facets.every(name => cell[name] === form.elements[name].value)
    && sets.every(([name, set]) => set.has(cell[name]))
    && (!word || [cell.id, cell.reason, cell.by, cell.known, data.titles[cell.scenario]].join("\n").toLowerCase().includes(word));
}

function count(element, cells) {
  for (const part of element.querySelectorAll("[data-outcome]")) {
    const number = cells.filter(cell => cell.outcome === part.dataset.outcome).length;
    const figure = part.querySelector("strong");
    if (figure) figure.textContent = number;
    if (element.id === "share") part.style.flexGrow = number;
    if (element.id === "counts") part.classList.toggle("zero", !number);
    else part.hidden = !number;
  }
}

function showBadge(badge) {
  const cells = shownOf(badge), found = new Set(cells.map(cell => cell.outcome));
  const outcome = order.find(name => found.has(name));
  const bad = cells.filter(cell => cell.outcome === "fail" || cell.outcome === "error");
  badge.className = "badge " + (outcome || "absent") + (outcome === "pass" && found.size > 1 ? " some" : "")
    + (bad.length && bad.every(cell => cell.known) ? " known" : "");
  badge.querySelector(".mark").textContent = outcome ? data.signs[outcome] : "";
  badge.style.visibility = outcome ? "" : "hidden";
  badge.title = `${badge.dataset.title}: ${counted(cells)}`;
  badge.setAttribute("aria-label", badge.title);
}

function filter() {
  const test = wanted();
  for (const cell of data.cells) cell.shown = test(cell);
  const shown = data.cells.filter(cell => cell.shown);
  count(document.getElementById("counts"), shown);
  count(document.getElementById("share"), shown);
  document.getElementById("shown").textContent =
    shown.length === data.cells.length ? `of ${shown.length} cells` : `${shown.length} of ${data.cells.length} cells shown`;
  all("a.badge").forEach(showBadge);
  all(".tally").forEach(tally => count(tally, shownOf(tally)));
  all("article[data-cells], tr[data-cells], .pair").forEach(part => { part.hidden = !shownOf(part).length; });
  all("td[data-cells]").forEach(part => part.classList.toggle("off", !shownOf(part).length));
  for (const name of ["edge", "keyserver"])
    all(`[data-${name}]`).forEach(part => {
      part.hidden = form.elements[name].value !== "" && part.dataset[name] !== form.elements[name].value;
    });
}

// Details

function pairs(entries) {
  const list = make("dl", "");
  for (const [name, value] of entries.filter(([, text]) => text !== "")) list.append(make("dt", name), make("dd", value));
  return list;
}

function log(file) {
  const part = make("details", "", {open: file.text !== null && file.first});
  const title = make("summary", "");
  title.append(file.href ? make("a", file.title, {href: file.href}) : make("span", file.title), make("span", ` ${file.path}`, {className: "meta"}));
  part.append(title);
  part.append(file.text === null
    ? make("p", file.href ? "no excerpt here: open the file" : "not there", {className: "meta"})
    : make("pre", data.texts[file.text]));
  return part;
}

function showCell(cell) {
  const tag = make("span", `${data.signs[cell.outcome]} ${data.words[cell.outcome]}`, {className: `tag ${cell.outcome}`});
  const head = make("h2", "");
  head.append(tag, ` ${data.titles[cell.scenario]}, ${data.over[cell.over]}`);
  detail.append(head);
  if (cell.reason) detail.append(make("pre", cell.reason, {className: "said"}));
  for (const remark of cell.remarks) detail.append(make("p", remark));
  if (cell.known) detail.append(make("p", `known: ${cell.known}`));
  if (cell.unexpected) detail.append(make("p", cell.unexpected));
  const figures = Object.entries(cell.measures).map(([name, value]) => [name.replaceAll("_", " "), String(+value.toPrecision(4))]);
  detail.append(pairs([["edge", cell.edge], ["key server", cell.keyserver], ["client", cell.client], ["said by", cell.by],
    ["time", `${cell.seconds} s`], ...figures, ["id", cell.id]]));
  if (cell.files.length) detail.append(make("h3", "Logs"));
  cell.files.forEach((file, number) => detail.append(log({...file, first: !number})));
  if (cell.replay.length) detail.append(make("h3", "Again"), make("pre", cell.replay.join("\n"), {className: "replay"}));
}

function showGroup(title, cells) {
  detail.append(make("h2", title), make("p", counted(cells)));
  const list = make("ol", "");
  for (const cell of cells) {
    const item = make("li", "");
    item.append(make("span", data.signs[cell.outcome], {className: `sign ${cell.outcome}`}), " ",
      make("a", `${cell.client}, ${data.titles[cell.scenario]}`, {href: "#" + encodeURIComponent(cell.id)}),
      make("span", cell.reason ? ` ${cell.reason}` : "", {className: "meta"}));
    list.append(item);
  }
  detail.append(list);
}

function close() {
  history.replaceState(null, "", location.pathname + location.search);
  const opened = document.querySelector(".badge[aria-current]");
  show();
  if (opened) opened.focus();
}

function named() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}

function show() {
  const name = named(), cell = byId.get(name);
  const visible = all("a.badge").filter(badge => badge.offsetParent);
  const group = visible.find(badge => decodeURIComponent(badge.hash.slice(1)) === name);
  const place = group || (cell && visible.find(badge => cellsOf(badge).includes(cell)));
  all(".badge[aria-current]").forEach(badge => badge.removeAttribute("aria-current"));
  if (place) place.setAttribute("aria-current", "true");
  legend.hidden = Boolean(cell || group);
  detail.hidden = !legend.hidden;
  detail.replaceChildren();
  if (detail.hidden) return;
  detail.append(make("button", "close", {className: "close", type: "button", onclick: close}));
  if (!cell) showGroup(group.dataset.title, shownOf(group));
  else showCell(cell);
  if (cell && place && cellsOf(place).length > 1) detail.append(make("a", "all cells of this badge", {href: place.hash}));
  detail.parentElement.scrollTop = 0;
  if (detail.getBoundingClientRect().bottom < 0) detail.scrollIntoView();
}

// Keys: arrows walk from badge to badge, in a strip and to the same place of the next one

function walk(badge, key) {
  const strip = badge.parentElement, links = [...strip.querySelectorAll("a.badge")].filter(b => b.style.visibility !== "hidden");
  const step = key === "ArrowLeft" || key === "ArrowUp" ? -1 : 1;
  if (key === "ArrowLeft" || key === "ArrowRight") return links[links.indexOf(badge) + step];
  const column = [...strip.children].indexOf(badge), place = badge.closest("td").cellIndex;
  const strips = all(".badges").filter(s => s.offsetParent && s.closest("td").cellIndex === place);
  for (let at = strips.indexOf(strip) + step; strips[at]; at += step) {
    const next = strips[at].children[column];
    if (next && next.matches("a.badge") && next.style.visibility !== "hidden") return next;
  }
  return undefined;
}

document.addEventListener("keydown", event => {
  if (event.key === "Escape" && !detail.hidden) close();
  const badge = event.target.closest && event.target.closest("a.badge");
  if (!badge || !event.key.startsWith("Arrow") || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const next = walk(badge, event.key);
  if (next) next.focus();
});
legend.addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  const select = form.elements[button.dataset.facet];
  select.value = select.value === button.dataset.value ? "" : button.dataset.value;
  filter();
});
document.getElementById("group").addEventListener("change", event => {
  document.body.classList.toggle("by-client", event.target.value === "by-client");
  show();
});
form.addEventListener("input", filter);
form.addEventListener("reset", () => setTimeout(filter));
form.addEventListener("submit", event => event.preventDefault());
window.addEventListener("hashchange", show);
form.hidden = document.getElementById("share").hidden = false;
filter();
show();
