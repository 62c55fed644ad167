"use strict";
// Shows the lines of both tables that hold the text.
const form = document.querySelector("form"), lines = [...document.querySelectorAll(".line")];
const words = new Map(lines.map(line => [line, line.textContent.toLowerCase()]));
function filter() {
  const word = form.querySelector("input").value.trim().toLowerCase();
  for (const line of lines) line.hidden = !words.get(line).includes(word);
  document.getElementById("shown").textContent = `${lines.filter(line => !line.hidden).length} of ${lines.length} lines`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", event => event.preventDefault());
filter();
