// The softphone: registers at the switch, answers the always-on line at once, mutes, measures both sides.
// Without a switch, a microphone or the bundled part it says which of them is missing, and the page works on.
import { get } from "./api.js";

const SIP_ALIVE = { register_expires: 90, connection_recovery_min_interval: 1, connection_recovery_max_interval: 8 };
const PATIENCE_MS = 5000;
const ECHO = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

export class Softphone {
  // changed(): look at .state, .muted; state is off, simulated, missing, no_microphone, connecting, registered, line, failed.
  constructor(audio, changed) {
    this.audio = audio;
    this.changed = changed;
    this.state = "off";
    this.muted = false;
    this.own = null;
    this.far = null;
  }

  go(state) {
    if (this.state === state) return;
    this.state = state;
    this.changed();
  }

  // From a click, so that the browser lets sound play and asks for the microphone.
  async start() {
    if (this.agent || this.starting) return;
    this.starting = true;
    try {
      await this.begin();
    } finally {
      this.starting = false;
    }
  }

  async begin() {
    const { line } = await get("/api/phone");
    if (!line) return this.go("simulated");
    let sip;
    try {
      sip = (await import("./vendor/jssip.js")).default;
    } catch {
      return this.go("missing");
    }
    try {
      this.microphone = await navigator.mediaDevices.getUserMedia({ audio: ECHO });
    } catch {
      return this.go("no_microphone");
    }
    this.sound = new AudioContext();
    this.sound.resume();
    this.own = this.meter(this.microphone);
    this.go("connecting");
    await this.register(sip, line);
  }

  // Settled when the switch has answered, or not within the patience of somebody who has clicked.
  register(sip, line) {
    const agent = new sip.UA({
      sockets: [new sip.WebSocketInterface(line.url)],
      uri: `sip:${line.user}@${line.domain}`,
      authorization_user: line.user,
      password: line.secret,
      register: true,
      session_timers: false,
      user_agent: "Callwright",
      ...SIP_ALIVE,
    });
    this.agent = agent;
    agent.on("registered", () => this.session || this.go("registered"));
    agent.on("registrationFailed", () => this.go("failed"));
    agent.on("disconnected", () => this.session || this.go("failed"));
    agent.on("newRTCSession", ({ originator, session }) => {
      if (originator === "remote") this.answer(session);
    });
    return new Promise((settled) => {
      agent.on("registered", settled);
      agent.on("registrationFailed", settled);
      setTimeout(settled, PATIENCE_MS);
      agent.start();
    });
  }

  answer(session) {
    const before = this.session;
    this.session = session;
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", ({ streams: [stream] }) => this.hearFar(stream));
    });
    const over = () => {
      if (this.session !== session) return;
      this.session = null;
      this.far = null;
      this.go("registered");
    };
    session.on("ended", over);
    session.on("failed", over);
    session.on("confirmed", () => this.go("line"));
    session.answer({ mediaStream: this.microphone, pcConfig: { iceServers: [] } });
    this.mute(this.muted);
    if (before) before.terminate();
  }

  hearFar(stream) {
    this.audio.srcObject = stream;
    this.audio.play().catch(() => {});
    this.far = this.meter(stream);
  }

  meter(stream) {
    const analyser = this.sound.createAnalyser();
    analyser.fftSize = 512;
    this.sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    return () => {
      analyser.getFloatTimeDomainData(samples);
      let power = 0;
      for (const sample of samples) power += sample * sample;
      const decibels = 10 * Math.log10(power / samples.length + 1e-9);
      return Math.max(0, Math.min(1, (decibels + 60) / 55));
    };
  }

  // The microphone goes on sending silence: a line without packets would count as dead.
  mute(on) {
    this.muted = on;
    for (const track of this.microphone?.getAudioTracks() ?? []) track.enabled = !on;
    this.changed();
  }

  // A short tone of our own: a call comes without ringing, and the agent shall know that somebody is there.
  announce() {
    if (!this.sound) return;
    const tone = this.sound.createOscillator();
    const volume = this.sound.createGain();
    volume.gain.value = 0.08;
    tone.frequency.value = 660;
    tone.connect(volume).connect(this.sound.destination);
    tone.start();
    tone.stop(this.sound.currentTime + 0.12);
  }

  leave() {
    this.session?.terminate();
  }

  stop() {
    this.leave();
    this.agent?.stop();
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.sound?.close();
    this.session = this.agent = this.microphone = this.sound = this.own = this.far = null;
    this.muted = false;
    this.go("off");
  }
}
