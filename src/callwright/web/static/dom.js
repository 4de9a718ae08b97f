// Small hands for the page: find, make, show, tell.
import { say } from "./say.js";

export const $ = (id) => document.getElementById(id);

export function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export const show = (element, on) => {
  element.hidden = !on;
};

export function press(button, on, key) {
  button.setAttribute("aria-pressed", String(on));
  button.textContent = say(key);
}

let fading;
export function notice(text) {
  const place = $("notice");
  place.textContent = text;
  show(place, Boolean(text));
  clearTimeout(fading);
  if (text) fading = setTimeout(() => show(place, false), 8000);
}

// Hotkeys are inert while somebody types, chooses, or reads a dialogue.
export const typing = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.isComposing || Boolean(document.querySelector("dialog[open]")) ||
  Boolean(event.target.closest?.("select, textarea, input:not([type=radio]):not([type=checkbox]), [contenteditable]"));
