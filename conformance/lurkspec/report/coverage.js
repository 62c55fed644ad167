"use strict";
// Shows the clauses that hold the text and are of the chosen level, role and state.
const form = document.querySelector("form"), rows = [...document.querySelectorAll("#clauses tbody tr")];
const words = new Map(rows.map(row => [row, row.textContent.toLowerCase()]));
function filter() {
  const word = form.querySelector("input").value.trim().toLowerCase(), choices = [...form.querySelectorAll("select")];
  for (const row of rows)
    row.hidden = !words.get(row).includes(word) || choices.some(c => c.value && row.dataset[c.name] !== c.value);
  document.getElementById("shown").textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length}`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
filter();
