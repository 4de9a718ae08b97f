// Requests to our own server. Every deed carries the house's header, which no page of another site can send.
import { has, say } from "./say.js";

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  // What to tell the agent; the server's own sentence helps whoever looks deeper.
  words() {
    return has(`error_${this.code}`) ? say(`error_${this.code}`) : say("error_general");
  }
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", ...options });
  } catch {
    throw new Refused(0, "offline", "no answer");
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, told.code ?? "general", told.message ?? "");
  return told;
}

export const get = (path) => ask(path, {});

export const post = (path, body) =>
  ask(path, {
    method: "POST",
    headers: { "X-Callwright": "1", ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
