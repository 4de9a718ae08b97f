// Call-backs: days and quarter hours on the person's own clock, only those the law and the campaign allow.
import { get } from "./api.js";
import { dayAndClock, language, say } from "./say.js";

const STEP_S = 900;
const LEAD_S = 300; // not within the next minutes

export class Picker {
  constructor(root) {
    this.day = root.querySelector("#callback-day");
    this.time = root.querySelector("#callback-time");
    this.legend = root.querySelector("#callback-legend");
    this.yours = root.querySelector("#callback-yours");
    this.none = root.querySelector("#callback-none");
    this.day.addEventListener("change", () => this.showTimes());
    this.time.addEventListener("change", () => this.showYours());
  }

  async open(attempt, zone, now) {
    this.zone = zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.legend.textContent = say("callback_when", { zone: this.zone });
    this.days = new Map();
    const { windows } = await get(`/api/callback-times?attempt=${attempt}`);
    const dayOf = new Intl.DateTimeFormat(language, {
      weekday: "long", day: "numeric", month: "long", timeZone: this.zone,
    });
    for (const [opens, closes] of windows) {
      let at = Math.ceil(Math.max(opens, now + LEAD_S) / STEP_S) * STEP_S;
      for (; at < closes; at += STEP_S) {
        const day = dayOf.format(at * 1000);
        if (!this.days.has(day)) this.days.set(day, []);
        this.days.get(day).push(at);
      }
    }
    this.none.hidden = this.days.size > 0;
    this.day.replaceChildren(...[...this.days.keys()].map((day) => new Option(day, day)));
    this.showTimes();
  }

  showTimes() {
    const face = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", timeZone: this.zone });
    const times = this.days.get(this.day.value) ?? [];
    this.time.replaceChildren(...times.map((at) => new Option(face.format(at * 1000), String(at))));
    this.showYours();
  }

  showYours() {
    const at = this.chosen();
    this.yours.textContent = at === null ? "" : say("callback_yours", { time: dayAndClock(at) });
  }

  chosen() {
    return this.time.value ? Number(this.time.value) : null;
  }
}
