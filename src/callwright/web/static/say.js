// Words and formats in the reader's language. Words come from the server, by key.
const HOUSE = ["en", "zh", "ru"];
const KEPT = "callwright.language";
let words = {};
export let language = "en";

export function say(key, fill = {}) {
  if (!(key in words)) console.error(`there is no word for ${key}`);
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(fill[name] ?? whole));
}

export const has = (key) => key in words;

// The language kept from last time, else the first of the browser's that the house speaks.
function wanted() {
  const kept = localStorage.getItem(KEPT);
  if (HOUSE.includes(kept)) return kept;
  for (const asked of navigator.languages ?? []) {
    const short = asked.slice(0, 2).toLowerCase();
    if (HOUSE.includes(short)) return short;
  }
  return "";
}

export async function loadWords(asked = wanted()) {
  const answer = await fetch(`/api/words?lang=${encodeURIComponent(asked)}`);
  const told = await answer.json();
  words = told.words;
  language = told.language;
  document.documentElement.lang = language === "zh" ? "zh-CN" : language;
  fillIn(document);
}

export async function choose(asked) {
  localStorage.setItem(KEPT, asked);
  await loadWords(asked);
}

// Put words into every element that names one: as text, as label, as placeholder.
export function fillIn(root) {
  for (const each of root.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
  for (const each of root.querySelectorAll("[data-say-label]")) {
    each.setAttribute("aria-label", say(each.dataset.sayLabel));
    each.title = say(each.dataset.sayLabel);
  }
}

export function languageChoice(select, changed) {
  for (const [code, name] of [["en", "English"], ["zh", "中文"], ["ru", "Русский"]]) {
    select.append(new Option(name, code, false, code === language));
  }
  select.addEventListener("change", async () => {
    await choose(select.value);
    changed();
  });
}

const two = (n) => String(n).padStart(2, "0");

export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(s / 3600);
  return `${hours ? `${hours}:` : ""}${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export const clock = (at, zone) =>
  new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", ...(zone ? { timeZone: zone } : {}) })
    .format(at * 1000);

export const dayAndClock = (at, zone) =>
  new Intl.DateTimeFormat(language, {
    weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  }).format(at * 1000);
