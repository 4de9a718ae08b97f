// The agent's page: what the server tells is shown, what the agent does is asked of the server. No state of its own
// beyond what is being typed.
import { get, post } from "./api.js";
import { $, make, notice, press, show, typing } from "./dom.js";
import { Softphone } from "./phone.js";
import { Result, RESULT_KEYS } from "./result.js";
import { clock, dayAndClock, fillIn, has, languageChoice, loadWords, say, span } from "./say.js";
import { Stream } from "./stream.js";

const PAUSES = ["rest", "meal", "training", "meeting", "technical"];
const ARRIVING = ["login", "line", "internal", "coaching"]; // reasons in which nobody can take up a call
const SKIPS = ["wrong_person", "too_early", "known"];
const PHONE_LOOK = { line: "good", registered: "warm", connecting: "warm", failed: "bad", no_microphone: "bad", missing: "bad" };

let me = null;
let stream = null;
let view = {};
const phone = new Softphone($("far"), () => showPhone());
const result = new Result(attempt, failed);

// --- doing -----------------------------------------------------------------------------------------------------------

function failed(error) {
  notice(error.words?.() ?? say("error_general"));
  if (error.status === 401) signedOut();
}

async function attempt(deed) {
  try {
    notice("");
    return await deed();
  } catch (error) {
    failed(error);
    return undefined;
  }
}

const deed = (path, body) => attempt(() => post(path, body));
const ofCall = (path, more = {}) => view.hand?.attempt ?? view.call?.attempt
  ? deed(path, { attempt: view.hand?.attempt ?? view.call.attempt, ...more })
  : undefined;

// --- signing in and out ------------------------------------------------------------------------------------------------

$("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  show($("sign-in-fault"), false);
  try {
    await post("/api/login", { name: form.elements.name.value, password: form.elements.password.value });
  } catch (error) {
    $("sign-in-fault").textContent = error.words();
    show($("sign-in-fault"), true);
    return;
  } finally {
    form.elements.password.value = "";
  }
  await begin();
});

$("sign-out").addEventListener("click", async () => {
  await deed("/api/logout");
  signedOut();
});

function signedOut() {
  stream?.end();
  stream = null;
  phone.stop();
  me = null;
  view = {};
  render();
}

async function begin() {
  me = await get("/api/me").catch(() => null);
  if (me) {
    stream = new Stream("/api/screen", told, fresh, signedOut);
    stream.everySecond(tick);
  }
  render();
}

function told(now, event) {
  const before = view;
  view = now;
  if (event?.kind === "call") phone.announce();
  if (["call", "preview"].includes(event?.kind) && before.call?.attempt !== view.call?.attempt) closePanels();
  if (event?.kind === "hand" && event.view.hand === null) closePanels();
  if (event === null && view.state !== "offline") attempt(() => phone.start()); // a page that was reloaded
  if (view.card && !me.campaigns.some((each) => each.id === view.card.campaign)) refreshMe();
  render();
}

function fresh(ok, since) {
  $("stale").textContent = ok ? "" : say("stale_since", { time: new Date(since).toLocaleTimeString(document.documentElement.lang) });
  show($("stale"), !ok);
}

async function refreshMe() {
  me = (await get("/api/me").catch(() => null)) ?? me;
  render();
}

// --- showing -------------------------------------------------------------------------------------------------------------

const campaignOf = (id) => me?.campaigns.find((each) => each.id === id);

function render() {
  const on = Boolean(me) && view.state !== undefined;
  const working = on && view.state !== "offline";
  show($("sign-in"), !me);
  show($("begin"), on && !working);
  show($("desk"), working);
  show($("state"), working);
  show($("shift"), working);
  show($("phone"), working);
  show($("help"), Boolean(me));
  show($("sign-out"), Boolean(me) && !working);
  show($("to-floor"), Boolean(me?.lead));
  $("who").textContent = me?.name ?? "";
  if (on && !working) renderBegin();
  if (working) renderDesk();
  document.title = view.call && !view.call.ended_at ? `● ${view.call.person.name || view.call.person.number}` : "Callwright";
}

function renderBegin() {
  show($("begin-why"), view.reason === "lost");
  $("begin-why").textContent = view.reason === "lost" ? say("lost_note") : "";
  const place = $("campaigns");
  const mark = me.campaigns.map((each) => each.id).join();
  if (place.dataset.shown === mark) return;
  place.dataset.shown = mark;
  place.replaceChildren(...me.campaigns.map((each) =>
    make("label", { className: "check" }, make("input", { type: "checkbox", name: "campaign", value: each.id, checked: true }), each.name)));
  if (!me.campaigns.length) place.append(make("p", { className: "dim" }, say("no_campaigns")));
}

function renderDesk() {
  const { state, reason, pending, card, call, hand } = view;
  $("state-name").dataset.state = state;
  $("state-name").textContent = say(`state_${state}`) + (state === "not_ready" && reason ? ` · ${reasonWords(reason)}` : "");
  $("state-pending").textContent = pending ? say(`pending_${pending}`) : "";
  $("ready").disabled = !(state === "not_ready" || pending);
  $("pause").disabled = state === "not_ready" && reason === "line";
  renderPerson(call?.person ?? card?.person ?? (hand && { name: hand.name, number: hand.number }));
  show($("card"), state === "preview" && Boolean(card));
  const manual = me.campaigns.find((each) => each.mode === "manual");
  show($("dial"), state === "ready" && Boolean(manual));
  renderCall(call, hand);
  result.show(call, call && campaignOf(call.campaign), state === "wrap_up", stream.now());
  renderParked();
  tick();
}

const reasonWords = (reason) => (has(`reason_${reason}`) ? say(`reason_${reason}`) : reason);

function renderPerson(person) {
  show($("person-none"), !person);
  show($("person"), Boolean(person));
  if (!person) return;
  $("person-name").textContent = person.name || say("unknown_person");
  show($("person-promised"), Boolean(person.callback));
  $("person-number").textContent = person.number;
  $("person-tries").textContent = person.tries ?? "–";
  $("person-last").textContent = person.last_at
    ? `${dayAndClock(person.last_at)} · ${outcomeWords(person.last_outcome)}` : "–";
  const facts = Object.entries(person.facts ?? {});
  $("person-facts").replaceChildren(...facts.map(([name, value]) =>
    make("div", {}, make("dt", {}, name.replaceAll("_", " ")), make("dd", {}, value))));
}

function outcomeWords(code) {
  for (const campaign of me.campaigns) {
    const found = campaign.dispositions.find((each) => each.code === code);
    if (found) return found.words[document.documentElement.lang.slice(0, 2)];
  }
  return has(`outcome_${code}`) ? say(`outcome_${code}`) : (code ?? "–");
}

function renderCall(call, hand) {
  const inCall = view.state === "in_call" || Boolean(hand);
  const own = !hand || hand.role === "agent";
  show($("call"), inCall);
  if (!inCall) return;
  const aside = hand?.aside ?? null;
  show($("call-role"), !own);
  $("call-role").textContent = own ? "" : say(`role_${hand.role}`);
  show($("call-held"), Boolean(hand?.on_hold));
  show($("call-hushed"), Boolean(hand?.hushed));
  press($("hold"), Boolean(hand?.on_hold), hand?.on_hold ? "resume" : "hold");
  press($("hush"), Boolean(hand?.hushed), hand?.hushed ? "unhush" : "hush");
  for (const id of ["hold", "park", "hush", "hand-over-toggle", "keypad-toggle", "hang-up"]) $(id).disabled = !own;
  for (const id of ["hold", "park", "hand-over-toggle"]) $(id).disabled = !own || aside !== null;
  show($("aside"), own && aside !== null);
  if (aside !== null) {
    $("aside-what").textContent = say(`aside_${aside}`, { name: hand.with_whom });
    $("settle-conference").disabled = aside !== "talking";
    $("settle-transfer").disabled = false;
  }
}

async function renderParked() {
  const mark = `${view.state} ${view.reason} ${view.call?.attempt}`;
  if (renderParked.shown === mark) return;
  renderParked.shown = mark;
  await listParked();
}

async function listParked() {
  const { parked } = await get("/api/handovers").catch(() => ({ parked: [] }));
  show($("parked-panel"), parked.length > 0);
  $("parked").replaceChildren(...parked.map((each) => {
    const take = make("button", {
      onclick: () => deed("/api/call/retrieve", { attempt: each.attempt }).then(listParked),
      disabled: view.state !== "ready" && !(view.state === "not_ready" && !ARRIVING.includes(view.reason)),
    }, say("retrieve"));
    return make("li", {}, make("strong", {}, each.name || each.number), make("span", { className: "dim" }, clock(each.since)), take);
  }));
}

// Everything that runs by the second; the worker's beat calls it, so that it goes on in a hidden tab.
function tick() {
  if (!stream || view.state === undefined) return;
  const now = stream.now();
  $("state-timer").textContent = span(now - view.since);
  const { call, card } = view;
  if (call) $("call-timer").textContent = span((call.ended_at ?? now) - (call.connected_at ?? now));
  const zone = (call ?? card)?.person.zone;
  $("person-time").textContent = zone ? `${clock(now, zone)} · ${zone}` : "–";
  if (card && view.state === "preview") {
    const expiry = campaignOf(card.campaign)?.on_expiry === "release" ? "gone_in" : "dials_in";
    show($("card-countdown"), card.until !== null);
    $("card-countdown").textContent = say(expiry, { seconds: Math.max(0, Math.ceil(card.until - now)) });
  }
  if (view.state === "wrap_up" && call) {
    const long = campaignOf(call.campaign)?.wrap_up_s;
    $("result-note").textContent = long && now - view.since > long ? say("wrap_nudge") : "";
  }
}

function showPhone() {
  const state = phone.state === "registered" && view.line === "up" ? "line" : phone.state;
  $("phone").textContent = say(`phone_${state}`);
  $("phone").className = `chip phone ${PHONE_LOOK[state] ?? ""}`;
  $("phone").dataset.state = state;
  $("mute").disabled = !phone.microphone;
  press($("mute"), phone.muted, phone.muted ? "unmute" : "mute");
}

setInterval(() => {
  $("level-own").value = phone.own && !phone.muted ? phone.own() : 0;
  $("level-far").value = phone.far ? phone.far() : 0;
}, 100);

// --- the shift -------------------------------------------------------------------------------------------------------------

$("begin-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const campaigns = [...document.querySelectorAll("input[name=campaign]:checked")].map((each) => Number(each.value));
  if (!campaigns.length) return;
  await attempt(() => phone.start());
  await deed("/api/shift/begin", { campaigns });
});

$("end-shift").addEventListener("click", async () => {
  await deed("/api/shift/end");
});

$("ready").addEventListener("click", async () => {
  await attempt(() => phone.start()); // a page that was reloaded has no telephone yet, and needs a click for it
  await deed("/api/ready");
});

function fillChoices() {
  const choices = (select, title, keys, prefix) =>
    select.replaceChildren(new Option(say(title), ""), ...keys.map((key) => new Option(say(prefix + key), key)));
  choices($("pause"), "pause", PAUSES, "reason_");
  choices($("decline"), "skip_card", SKIPS, "skip_");
  $("keypad").replaceChildren(...[..."123456789*0#"].map((key) =>
    make("button", { type: "button", ariaLabel: say("key", { key }), onclick: () => ofCall("/api/call/keys", { keys: key }) }, key)));
  const keys = [
    ["R", "key_ready"], ["P", "key_pause"], ["Enter", "key_accept"], ["S", "key_skip"], ["M", "key_mute"], ["H", "key_hold"],
    ["X", "key_hang_up"], ["K", "key_keypad"], ["T", "key_hand_over"], ["1 … 0", "key_result"], ["Enter", "key_save"], ["?", "key_help"],
  ];
  $("keys-list").replaceChildren(...keys.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, say(words))]));
  showPhone();
}

$("pause").addEventListener("change", async () => {
  const reason = $("pause").value;
  $("pause").value = "";
  if (reason) await deed("/api/pause", { reason });
});

// --- cards and dialling ------------------------------------------------------------------------------------------------------

$("accept").addEventListener("click", () => deed("/api/card/accept"));
$("decline").addEventListener("change", async () => {
  const reason = $("decline").value;
  $("decline").value = "";
  if (reason) await deed("/api/card/decline", { reason });
});

$("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  const campaign = me.campaigns.find((each) => each.mode === "manual").id;
  const answer = await deed("/api/dial", { campaign, number: $("dial-number").value.trim() });
  if (answer && !answer.dialed) notice(say("dial_refused"));
  if (answer?.dialed) $("dial-number").value = "";
});

// --- the call ----------------------------------------------------------------------------------------------------------------

const toggle = (button, panel) => {
  const open = panel.hidden;
  show(panel, open);
  button.setAttribute("aria-expanded", String(open));
  return open;
};

function closePanels() {
  for (const [button, panel] of [["keypad-toggle", "keypad"], ["hand-over-toggle", "hand-over"]]) {
    show($(panel), false);
    $(button).setAttribute("aria-expanded", "false");
  }
}

$("hang-up").addEventListener("click", () => ofCall("/api/call/hang-up"));
$("hold").addEventListener("click", () => ofCall("/api/call/hold", { on: !view.hand?.on_hold }));
$("hush").addEventListener("click", () => ofCall("/api/call/hush", { on: !view.hand?.hushed }));
$("mute").addEventListener("click", () => phone.mute(!phone.muted));
$("park").addEventListener("click", () => ofCall("/api/call/park"));
$("keypad-toggle").addEventListener("click", () => toggle($("keypad-toggle"), $("keypad")) && $("keypad").firstChild.focus());
$("hand-over-toggle").addEventListener("click", async () => {
  if (!toggle($("hand-over-toggle"), $("hand-over"))) return;
  const { agents, names } = await get("/api/handovers").catch(() => ({ agents: [], names: [] }));
  $("hand-over-to").replaceChildren(
    ...names.map((name) => new Option(name, JSON.stringify(name))),
    ...agents.map((agent) => new Option(agent.name, JSON.stringify(agent.to))));
  const none = !names.length && !agents.length;
  show($("hand-over-none"), none);
  show($("hand-over-to").parentElement, !none);
  for (const id of ["transfer", "consult"]) $(id).disabled = none;
  if (!none) $("hand-over-to").focus();
});
const chosenTarget = () => ({ to: JSON.parse($("hand-over-to").value) });
$("transfer").addEventListener("click", () => ofCall("/api/call/transfer", chosenTarget()));
$("consult").addEventListener("click", async () => {
  await ofCall("/api/call/consult", chosenTarget());
  closePanels();
});
$("queue").addEventListener("click", () => ofCall("/api/call/queue"));
for (const how of ["transfer", "conference", "resume"]) {
  $(`settle-${how}`).addEventListener("click", () => ofCall("/api/call/consult/end", { how }));
}

// A page that goes says so at once: the person hears music instead of nothing, and a reloaded page gets its line sooner.
addEventListener("pagehide", () => phone.leave());

// --- keys ----------------------------------------------------------------------------------------------------------------------

$("help").addEventListener("click", () => $("keys").showModal());

const usable = (id) => {
  const button = $(id);
  return button.offsetParent !== null && !button.disabled ? button : null;
};
const KEYS = {
  r: () => usable("ready")?.click(),
  p: () => usable("pause")?.focus(),
  s: () => usable("decline")?.focus(),
  m: () => usable("mute")?.click(),
  h: () => usable("hold")?.click(),
  x: () => usable("hang-up")?.click(),
  k: () => usable("keypad-toggle")?.click(),
  t: () => usable("hand-over-toggle")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (!me || typing(event) || event.repeat) return;
  if (event.key === "?") {
    event.preventDefault();
    $("keys").showModal();
  } else if (event.key === "Enter" && !event.target.closest("button, a, form")) {
    usable("accept")?.click();
  } else if (RESULT_KEYS.includes(event.key) && view.state === "wrap_up") {
    event.preventDefault();
    result.choose(RESULT_KEYS.indexOf(event.key));
  } else if (KEYS[event.key.toLowerCase()]) {
    event.preventDefault();
    KEYS[event.key.toLowerCase()]();
  }
});

// --- the beginning -------------------------------------------------------------------------------------------------------------

await loadWords();
languageChoice($("language"), () => {
  fillChoices();
  $("campaigns").dataset.shown = "";
  fillIn(document);
  render();
});
fillChoices();
await begin();
document.body.dataset.ready = "yes";
