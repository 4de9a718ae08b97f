// The leads' view: every agent with time in state; listen, whisper, join in, take over.
import { get, post } from "./api.js";
import { $, make, notice, show } from "./dom.js";
import { fillIn, has, languageChoice, loadWords, say, span } from "./say.js";
import { Stream } from "./stream.js";

const ORDER = ["in_call", "wrap_up", "reserved", "preview", "ready", "not_ready", "offline"];
const COUNTED = ["ready", "in_call", "wrap_up", "not_ready"];
const HOWS = ["listen", "whisper", "barge"];
let me = null;
let stream = null;
let view = {};
let coaching = { agent: null, how: null };

async function deed(path, body) {
  try {
    notice("");
    await post(path, body);
    return true;
  } catch (error) {
    notice(error.words());
    return false;
  }
}

const agents = () => Object.values(view).filter((row) => row.state !== undefined);

function render() {
  const all = agents();
  $("figures").replaceChildren(...COUNTED.map((state) =>
    make("div", {}, make("dt", {}, say(`state_${state}`)), make("dd", {}, String(all.filter((row) => row.state === state).length)))));
  const shown = all
    .filter((row) => row.state !== "offline" || $("offline").checked)
    .sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.since - b.since);
  show($("none"), !shown.length);
  show($("table"), shown.length > 0);
  const focused = document.activeElement?.id;
  $("rows").replaceChildren(...shown.map(renderRow));
  if (focused) $(focused)?.focus();
  tick();
}

function renderRow(row) {
  const reason = row.reason && has(`reason_${row.reason}`) ? say(`reason_${row.reason}`) : row.reason;
  const state = say(`state_${row.state}`) + (row.state === "not_ready" && reason ? ` · ${reason}` : "");
  const timer = make("td", { className: "timer" });
  timer.dataset.since = row.state === "offline" ? "" : row.since;
  return make("tr", {},
    make("th", { scope: "row" }, row.name),
    make("td", {}, row.team || "–"),
    make("td", {}, chip(row.state, state)),
    timer,
    make("td", {}, row.person ?? "–"),
    make("td", {}, row.state === "in_call" && row.agent !== me.agent ? deeds(row) : ""));
}

function chip(state, words) {
  const made = make("span", { className: "chip" }, words);
  made.dataset.state = state;
  return made;
}

function deeds(row) {
  const mine = coaching.agent === row.agent ? coaching.how : null;
  const box = make("div", { className: "row deeds", role: "group", ariaLabel: row.name });
  for (const how of HOWS) {
    box.append(make("button", {
      id: `${how}-${row.agent}`, ariaPressed: String(mine === how), onclick: () => coach(row, mine === how ? "off" : how),
    }, say(mine === how ? "stop" : how)));
  }
  box.append(make("button", { id: `take-${row.agent}`, onclick: () => takeOver(row) }, say("take_over")));
  return box;
}

async function coach(row, how) {
  if (await deed("/api/floor/coach", { agent: row.agent, how })) {
    coaching = how === "off" ? { agent: null, how: null } : { agent: row.agent, how };
    render();
  }
}

function takeOver(row) {
  $("sure-text").textContent = say("take_over_sure", { name: row.name });
  $("sure").onclose = () => $("sure").returnValue === "yes" && deed("/api/floor/take-over", { agent: row.agent });
  $("sure").returnValue = "";
  $("sure").showModal();
}

function tick() {
  const now = stream?.now() ?? Date.now() / 1000;
  for (const timer of document.querySelectorAll("td.timer")) {
    timer.textContent = timer.dataset.since ? span(now - Number(timer.dataset.since)) : "–";
  }
}

function told(now) {
  view = now;
  const coached = coaching.agent === null ? null : view[`agent-${coaching.agent}`];
  if (coached && coached.state !== "in_call") coaching = { agent: null, how: null };
  render();
}

function fresh(ok, since) {
  $("stale").textContent = ok ? "" : say("stale_since", { time: new Date(since).toLocaleTimeString(document.documentElement.lang) });
  show($("stale"), !ok);
}

await loadWords();
languageChoice($("language"), () => {
  fillIn(document);
  render();
});
$("offline").addEventListener("change", render);
me = await get("/api/me").catch(() => null);
if (!me?.lead) location.replace("/");
else {
  $("who").textContent = me.name;
  stream = new Stream("/api/floor/screen", told, fresh, () => location.replace("/"));
  stream.everySecond(tick);
}
document.body.dataset.ready = "yes";
