// The result of a call: one disposition, with an amount or a call-back where it needs one.
import { post } from "./api.js";
import { $, make, show } from "./dom.js";
import { Picker } from "./picker.js";
import { language, say } from "./say.js";

export const RESULT_KEYS = [..."1234567890"];

export class Result {
  constructor(attempt, failed) {
    this.attempt = attempt; // (deed) => Promise
    this.failed = failed;
    this.picker = new Picker(document);
    this.call = null;
    this.shown = "";
    $("result-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    $("dispositions").addEventListener("change", () => this.chosenChanged());
  }

  // open: the call is over and the result may be saved.
  show(call, campaign, open, now) {
    show($("result"), Boolean(call && campaign));
    if (!call || !campaign) {
      this.call = null;
      this.shown = "";
      return;
    }
    const mark = `${call.attempt} ${open} ${language}`;
    this.now = now;
    if (this.shown === mark) return;
    const fresh = this.call?.attempt !== call.attempt;
    this.shown = mark;
    this.call = call;
    this.campaign = campaign;
    this.open = open;
    const kept = fresh ? "" : this.chosen()?.code;
    $("dispositions").replaceChildren(...campaign.dispositions.map((each, place) => this.choice(each, place, open, kept)));
    $("result-note").textContent = open ? "" : say("result_later");
    show($("save"), open);
    if (fresh) {
      $("amount").value = "";
      $("callback-mine").checked = false;
    }
    this.chosenChanged();
  }

  choice(disposition, place, open, kept) {
    const key = RESULT_KEYS[place];
    return make("label", { className: disposition.stops ? "stops" : "" },
      make("input", {
        type: "radio", name: "disposition", value: disposition.code, disabled: !open, checked: disposition.code === kept,
      }),
      make("span", {}, disposition.words[language]),
      ...(key && open ? [make("kbd", { ariaHidden: "true" }, key)] : []));
  }

  chosen() {
    const code = document.querySelector("input[name=disposition]:checked")?.value;
    return this.campaign?.dispositions.find((each) => each.code === code) ?? null;
  }

  choose(place) {
    const input = document.querySelectorAll("input[name=disposition]")[place];
    if (!input || input.disabled) return;
    input.checked = true;
    input.focus();
    this.chosenChanged();
  }

  async chosenChanged() {
    const chosen = this.chosen();
    show($("amount-field"), Boolean(this.open && chosen?.order));
    const callback = Boolean(this.open && chosen?.callback);
    const opened = callback && $("callback").hidden;
    show($("callback"), callback);
    if (opened) {
      await this.picker.open(this.call.attempt, this.call.person.zone, this.now).catch(this.failed);
    }
    $("save").disabled = !chosen;
  }

  async save() {
    const chosen = this.chosen();
    if (!chosen || !this.open || this.saving) return;
    const amount = chosen.order && $("amount").value !== "" ? Number($("amount").value) : null;
    this.saving = true;
    $("save").textContent = say("saving");
    await this.attempt(async () => {
      await post("/api/call/dispose", {
        attempt: this.call.attempt,
        code: chosen.code,
        order_amount: amount,
        callback_at: chosen.callback ? this.picker.chosen() : null,
        callback_mine: chosen.callback && $("callback-mine").checked,
      });
    });
    this.saving = false;
    $("save").textContent = say("save");
  }
}
