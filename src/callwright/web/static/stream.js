// One screen's socket: let in by a single-use ticket, events numbered, taken up where it broke off.
import { post } from "./api.js";

const BEAT_EVERY = 5; // seconds
const SILENT_MS = 15_000; // nothing heard for so long: the connection is dead, whatever it says
const RETRY_MS = [300, 1000, 2000, 5000];

export class Stream {
  // told(view, event): what is shown now, and what happened (null: the whole picture is new).
  // fresh(ok, sinceMs): whether the connection stands, and when we last heard.
  constructor(path, told, fresh, signedOut) {
    this.path = path;
    this.told = told;
    this.fresh = fresh;
    this.signedOut = signedOut;
    this.view = {};
    this.stream = "";
    this.last = -1;
    this.skew = 0; // the server's clock minus ours, in seconds
    this.heardAt = Date.now();
    this.tries = 0;
    this.ended = false;
    this.ticking = new Set();
    this.worker = new Worker("/static/beat.js", { type: "module" });
    this.worker.onmessage = (message) => this.tick(message.data);
    this.connect();
  }

  now() {
    return Date.now() / 1000 + this.skew;
  }

  everySecond(deed) {
    this.ticking.add(deed);
  }

  tick(count) {
    for (const deed of this.ticking) deed();
    if (this.socket?.readyState === WebSocket.OPEN) {
      if (count % BEAT_EVERY === 0) this.socket.send(JSON.stringify({ beat: count }));
      if (Date.now() - this.heardAt > SILENT_MS) this.socket.close();
    }
  }

  async connect() {
    if (this.ended) return;
    try {
      const { ticket } = await post("/api/ticket");
      const asked = new URLSearchParams({ ticket, stream: this.stream, last: String(this.last) });
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const socket = new WebSocket(`${scheme}://${location.host}${this.path}?${asked}`);
      this.socket = socket;
      socket.onmessage = (message) => this.hear(JSON.parse(message.data));
      socket.onclose = () => {
        if (this.socket === socket) this.again();
      };
    } catch (error) {
      if (error.status === 401) {
        this.end();
        this.signedOut();
        return;
      }
      this.again();
    }
  }

  again() {
    if (this.ended) return;
    this.fresh(false, this.heardAt);
    const wait = RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)];
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), wait);
  }

  hear(message) {
    this.heardAt = Date.now();
    if (message.hello) {
      const { stream, now, n, view } = message.hello;
      this.skew = now - Date.now() / 1000;
      this.stream = stream;
      this.tries = 0;
      this.fresh(true, this.heardAt);
      if (view) {
        this.view = view;
        this.last = n;
        this.told(this.view, null);
      }
    } else if (message.n > this.last) {
      this.last = message.n;
      this.view = { ...this.view, ...message.view };
      this.told(this.view, message);
    }
  }

  end() {
    this.ended = true;
    clearTimeout(this.retry);
    this.worker.terminate();
    this.socket?.close();
  }
}
