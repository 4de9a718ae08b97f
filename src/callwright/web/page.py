"""The live board as one self-contained page: no file, font or script from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping

from callwright.kit.words import LANGUAGES, Language

_NAMES: Mapping[Language, str] = {"en": "English", "zh": "中文", "ru": "Русский"}


def page(words: Mapping[str, Mapping[Language, str]], language: Language) -> str:
    """The page in one language; ``words`` are those of the board by key."""
    said = {key: each[language] for key, each in words.items()}
    links = " ".join(
        f'<a href="/?lang={code}"{" aria-current=page" if code == language else ""}>{_NAMES[code]}</a>'
        for code in LANGUAGES
    )
    # "</" would end the script; JSON may write it as "<\/".
    data = json.dumps(said, ensure_ascii=False).replace("</", "<\\/")
    return _PAGE.replace("@language@", language).replace("@links@", links).replace("@words@", data)


_PAGE = """<!doctype html>
<html lang="@language@">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Callwright</title>
<style>
  :root { color-scheme: light dark; --line: #8886; --dim: #777; }
  body { font: 15px/1.4 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 76rem; }
  header { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: baseline; }
  h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: .95rem; margin: 0 0 .4rem; }
  nav { margin-left: auto; } nav a { margin-left: .6rem; } a[aria-current] { font-weight: bold; }
  progress { width: 100%; height: 1rem; }
  main { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: .8rem; }
  section { border: 1px solid var(--line); border-radius: .5rem; padding: .7rem .9rem; overflow: hidden; }
  section.wide { grid-column: 1 / -1; }
  dl { display: grid; grid-template-columns: 1fr auto; margin: 0; gap: .1rem .8rem; }
  dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
  .zero { color: var(--dim); } .over { color: #c00; font-weight: bold; } .stale { outline: 3px solid #c80; }
  ol { list-style: none; margin: 0; padding: 0; } li { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
  time { color: var(--dim); }
</style>
<header><h1 id="campaign">Callwright</h1><time id="at"></time><strong id="finished"></strong><nav>@links@</nav></header>
<p><label><span id="progress-label"></span><progress id="progress" max="1" value="0"></progress></label></p>
<main id="board"></main>
<script>
const words = @words@;
const say = key => words[key] ?? key;
const number = new Intl.NumberFormat("@language@");
const percent = share => share === null ? "\\u2013" : (share * 100).toFixed(2) + " %";
const face = at => new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ");
const span = s => { s = Math.floor(s); const two = n => String(n).padStart(2, "0");
  return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + ":" + two(s % 60); };

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
function section(title, content, kind) {
  const made = element("section", undefined, kind);
  made.append(element("h2", say(title)), content);
  return made;
}
function pairs(rows) {
  const list = element("dl");
  for (const [name, value, kind] of rows) list.append(element("dt", name, kind), element("dd", value, kind));
  return list;
}
const counts = all => pairs(Object.entries(all).map(([key, n]) => [say(key), number.format(n), n ? "" : "zero"]));

function draw(shown) {
  document.getElementById("campaign").textContent = shown.campaign + " \\u00b7 " + shown.mode;
  document.getElementById("at").textContent = face(shown.at) + " UTC";
  document.getElementById("finished").textContent = shown.finished ? say("finished") : "";
  document.getElementById("progress-label").textContent =
    say("records") + " " + number.format(shown.done) + " / " + number.format(shown.records);
  const progress = document.getElementById("progress");
  progress.max = Math.max(1, shown.records); progress.value = shown.done;
  const over = shown.abandon_rate !== null && shown.abandon_rate > shown.abandon_limit;
  let before = null;
  const funnel = Object.entries(shown.funnel).map(([stage, n]) => {
    const step = before ? " \\u00b7 " + (n / before * 100).toFixed(1) + " %" : "";
    before = n; return [say(stage), number.format(n) + step]; });
  const outcomes = Object.entries(shown.outcomes).sort((a, b) => b[1] - a[1])
    .map(([key, n]) => [say(key), number.format(n)]);
  const events = element("ol");
  for (const { at, kind, ...data } of [...shown.events].reverse()) {
    const told = Object.entries(data).filter(([, value]) => value !== null).map(([key, value]) => key + " " + value);
    const item = element("li");
    item.append(element("time", face(at).slice(11)), " " + say(kind) + " " + told.join(" "));
    events.append(item);
  }
  document.getElementById("board").replaceChildren(
    section("agents", counts(shown.agents)), section("lines", counts(shown.lines)),
    section("calls", pairs([
      [say("dials"), number.format(shown.dials)], [say("answers"), number.format(shown.answers)],
      [say("abandons"), number.format(shown.abandons)],
      [say("abandon_rate"), percent(shown.abandon_rate), over ? "over" : ""],
      [say("limit"), percent(shown.abandon_limit)],
      [say("talk"), span(shown.talk_s)], [say("orders"), number.format(shown.orders)]])),
    section("funnel", pairs(funnel)), section("outcomes", pairs(outcomes)), section("events", events, "wide"));
}
const source = new EventSource("/events");
source.onmessage = message => { document.body.classList.remove("stale"); draw(JSON.parse(message.data)); };
source.onerror = () => document.body.classList.add("stale");
</script>
</html>
"""
