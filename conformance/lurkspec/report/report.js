"use strict";
// Shows the cases that hold the text and have a verdict that is ticked.
const text = document.querySelector("input[type=search]"), boxes = [...document.querySelectorAll("input[type=checkbox]")];
const cases = [...document.querySelectorAll(".case")].map(part => [part, part.textContent.toLowerCase()]);
function filter() {
  const word = text.value.trim().toLowerCase(), shown = new Set(boxes.filter(box => box.checked).map(box => box.value));
  for (const [part, words] of cases) part.hidden = !shown.has(part.dataset.verdict) || !words.includes(word);
  for (const part of document.querySelectorAll("section")) part.hidden = !part.querySelector(".case:not([hidden])");
}
document.querySelector("form").addEventListener("input", filter);
document.querySelector("form").addEventListener("submit", event => event.preventDefault());
