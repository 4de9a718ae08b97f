// Plans for managers: a question in, ranges and two charts out.
import { get, post } from "./api.js";
import { $, make, notice, show } from "./dom.js";
import { fillIn, language, languageChoice, loadWords, say } from "./say.js";

const SVG = "http://www.w3.org/2000/svg";
let told = null;

function draw(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// A range over x: a band, its middle, a dotted goal, a mark at one x. Shares are 0..1.
function chart({ into, points, goal, mark, ticks, label }) {
  const [high, left, below, above, right] = [280, 46, 26, 10, 14];
  const wide = Math.max(260, into.clientWidth); // drawn as wide as it is shown, so that its words keep their size
  const first = points[0].x;
  const last = Math.max(points.at(-1).x, first + 1e-9);
  const x = (value) => left + ((Math.min(Math.max(value, first), last) - first) / (last - first)) * (wide - left - right);
  const y = (share) => high - below - share * (high - below - above);
  const path = (key, order = points) => order.map((p) => `${x(p.x).toFixed(1)},${y(p[key]).toFixed(1)}`).join(" ");
  const made = draw("svg", { class: "chart", viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": label });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    made.append(
      draw("line", { class: "grid", x1: left, x2: wide - right, y1: y(share), y2: y(share) }),
      draw("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, `${Math.round(100 * share)} %`),
    );
  }
  for (const tick of ticks) {
    made.append(draw("text", { x: x(tick.x), y: high - 6, "text-anchor": tick.anchor ?? "middle" }, tick.text));
  }
  made.append(
    draw("polygon", { class: "band", points: `${path("high")} ${path("low", [...points].reverse())}` }),
    draw("polyline", { class: "middle", points: path("middle") }),
    draw("line", { class: "goal", x1: left, x2: wide - right, y1: y(goal), y2: y(goal) }),
  );
  if (mark !== null && mark >= first && mark <= last) {
    made.append(draw("line", { class: "mark", x1: x(mark), x2: x(mark), y1: above, y2: high - below }));
  }
  into.replaceChildren(made);
}

function curve(answer, into) {
  const points = answer.curve.map((p) => ({ ...p, x: p.at }));
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", timeZone: answer.zone });
  const days = answer.days.filter((each) => each.at <= points.at(-1).x);
  const every = Math.ceil(days.length / Math.max(2, Math.floor(into.clientWidth / 90)));
  const ticks = days.filter((_, place) => place % every === 0).map((each) => ({ x: each.at, text: day.format(each.at * 1000), anchor: "start" }));
  chart({ into, points, goal: answer.share, mark: answer.deadline?.at ?? null, ticks, label: say("plan_curve") });
}

function byAgents(answer, into) {
  const points = answer.deadline.by_agents.map((p) => ({ ...p, x: p.agents }));
  const every = Math.ceil(points.length / 6);
  const ticks = points.filter((_, place) => place % every === 0).map((p) => ({ x: p.x, text: String(p.x) }));
  chart({ into, points, goal: answer.share, mark: answer.deadline.recommended, ticks, label: say("plan_by_agents") });
}

function render() {
  if (!told) return;
  const { answer, told: words } = told;
  show($("head"), words.head.length > 0);
  $("head").replaceChildren(...words.head.map((text) => make("p", {}, text)));
  show($("answer"), true);
  show($("by-agents-figure"), Boolean(answer.deadline));
  document.querySelector(".charts").classList.toggle("one", !answer.deadline);
  curve(answer, $("curve"));
  if (answer.deadline) byAgents(answer, $("by-agents"));
  $("rows").replaceChildren(...words.rows.map(([label, ...values]) =>
    make("tr", {}, make("th", { scope: "row" }, label), ...values.map((value) => make("td", {}, value)))));
  const [heading, ...days] = words.days;
  $("days-head").replaceChildren(make("tr", {}, ...heading.map((text) => make("th", { scope: "col" }, text))));
  $("days").replaceChildren(...days.map(([name, ...values]) =>
    make("tr", {}, make("th", { scope: "row" }, name), ...values.map((value) => make("td", {}, value)))));
  $("notes").replaceChildren(...words.notes.map((text) => make("p", {}, text)));
}

async function ask() {
  const limit = Number($("limit").value);
  $("ask").disabled = true;
  $("notice").textContent = say("plan_working");
  show($("notice"), true);
  try {
    told = await post("/api/plan", {
      campaign: Number($("campaign").value), agents: Number($("agents").value), share: Number($("share").value) / 100,
      finish_by: $("deadline").value || null, limit: limit > 0 ? limit / 100 : null, language,
    });
    notice("");
    render();
  } catch (error) {
    notice(error.code === "conflict" ? say("error_busy_planning") : error.words());
  } finally {
    $("ask").disabled = false;
  }
}

// Friday 18:00, the next one.
function friday() {
  const day = new Date();
  day.setDate(day.getDate() + ((5 - day.getDay() + 7) % 7 || 7));
  const two = (n) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T18:00`;
}

await loadWords();
languageChoice($("language"), () => {
  fillIn(document);
  if (told) ask();
});
const me = await get("/api/me").catch(() => null);
if (!me?.lead) location.replace("/");
else {
  $("who").textContent = me.name;
  for (const each of me.campaigns) $("campaign").append(new Option(each.name, each.id));
  $("deadline").value = friday();
  addEventListener("resize", render);
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
}
document.body.dataset.ready = "yes";
