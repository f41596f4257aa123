// The live page's recorder: takes 16 kHz samples, sends what the server has not heard yet, and
// draws what comes back. It keeps nothing that the server has heard but the level of each cell.
//
// Python to here (data): take, heard (samples), cells ([verdict, certainty] from number `first`
// on), now (words), colours, words. From here to Python (triggers): chunk, done.

const RATE = 16000;
const CELL = RATE / 4;
const SEND_MS = 250;
const MOST_SENT = 5 * RATE; // a piece stays small; the rest follows with the next one
const CELL_PX = 6;

// A card has the shape that messengers and networks show whole.
const CARD = { width: 1200, height: 630, edge: 60, font: "system-ui, sans-serif" };

// Runs beside the page, on the thread of the sound.
const WORKLET = `registerProcessor("undertone-tap", class extends AudioWorkletProcessor {
  constructor() { super(); this.block = new Float32Array(1024); this.used = 0; }
  process([input]) {
    if (input[0]) {
      for (const sample of input[0]) {
        this.block[this.used++] = sample;
        if (this.used === this.block.length) {
          this.port.postMessage(this.block.slice());
          this.used = 0;
        }
      }
    }
    return true;
  }
});`;

export function toInt16(samples) {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    out[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32767)));
  }
  return out;
}

// A browser that does not give 16 kHz gives more: each sample is the mean of those that it spans.
export function resample(samples, from) {
  if (from === RATE) return samples;
  const out = new Float32Array(Math.floor((samples.length * RATE) / from));
  for (let i = 0; i < out.length; i++) {
    const start = Math.floor((i * from) / RATE);
    const stop = Math.max(start + 1, Math.floor(((i + 1) * from) / RATE));
    let sum = 0;
    for (let j = start; j < stop; j++) sum += samples[j] ?? 0;
    out[i] = sum / (stop - start);
  }
  return out;
}

export function toBase64(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(text);
}

class Recorder {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(`.${name}`);
    this.context = null;
    this.reset("");
    this.find("speak").onclick = () => (this.context ? this.stop() : this.start());
    this.find("pause").onclick = () => this.pause();
    this.find("card").onclick = () => this.keep_card();
    this.ticking = setInterval(() => this.tick(), SEND_MS / 5);
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.find("ribbon"));
  }

  reset(take) {
    Object.assign(this, {
      take, pieces: [], first: 0, captured: 0, heard: 0, sent: null, cells: [], levels: [],
      ending: false, lags: [], saidAt: 0, saidOf: "",
    });
  }

  update(args) {
    this.args = args;
    const { data } = args;
    this.show();
    if (data.take !== this.take) {
      // Cleared on the page, or a server that knows nothing of this take any more.
      if (!data.take && (!this.sent || this.heard > 0)) {
        const lost = this.context !== null;
        this.release();
        this.reset("");
        this.show();
        this.announce("");
        if (lost) this.tell(data.words.lost);
      }
      this.draw();
      return;
    }
    if (data.heard > this.heard) {
      if (this.sent) {
        const age = performance.now() - this.sent.at + (this.sent.length / RATE) * 500;
        this.lags = [...this.lags.slice(-99), age];
        this.root.dataset.lag = String(Math.round(this.lags.toSorted((a, b) => a - b)[this.lags.length >> 1]));
      }
      this.forget(data.heard);
      this.sent = null;
    }
    data.cells.forEach((cell, place) => { this.cells[data.first + place] = cell; });
    this.announce(data.now);
    this.draw();
    if (data.full) {
      // What was not taken is let go, so that the take can end.
      this.captured = this.heard;
      this.pieces = [];
      this.tell(data.words.full);
      if (this.context) this.stop();
    }
    this.tick();
  }

  async start() {
    const { data } = this.args;
    this.tell("");
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.tell(data.words.insecure);
      return;
    }
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch (error) {
      const names = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing" };
      this.tell(data.words[names[error.name] ?? "busy"]);
      return;
    }
    this.reset(crypto.randomUUID());
    try {
      this.context = new AudioContext({ sampleRate: RATE });
      this.context.createMediaStreamSource(this.stream).disconnect();
    } catch {
      this.context = new AudioContext(); // it cannot change the rate of a microphone
    }
    const module = URL.createObjectURL(new Blob([WORKLET], { type: "text/javascript" }));
    await this.context.audioWorklet.addModule(module);
    URL.revokeObjectURL(module);
    this.tap = new AudioWorkletNode(this.context, "undertone-tap", { numberOfOutputs: 0 });
    this.tap.port.onmessage = ({ data: block }) => this.take_in(block);
    this.context.createMediaStreamSource(this.stream).connect(this.tap);
    this.show();
  }

  take_in(block) {
    if (this.ending || this.context?.state !== "running") return;
    const samples = toInt16(resample(block, this.context.sampleRate));
    for (let i = 0; i < samples.length; i++) {
      const cell = Math.floor((this.captured + i) / CELL);
      this.levels[cell] = (this.levels[cell] ?? 0) + samples[i] ** 2 / CELL;
    }
    this.pieces.push(samples);
    this.captured += samples.length;
    if (this.captured >= this.args.data.most * RATE) this.stop();
  }

  forget(heard) {
    // Whole pieces that the server has heard go; what is left begins at `first`.
    while (this.pieces.length && this.first + this.pieces[0].length <= heard) {
      this.first += this.pieces.shift().length;
    }
    this.heard = heard;
  }

  tick() {
    if (!this.take) return;
    this.show();
    const waiting = this.captured - this.heard;
    // One piece at a time: a server with many visitors is sent fewer and longer ones.
    if (this.sent) {
      if (performance.now() - this.sent.at > 4000) this.sent = null; // it was lost on the way
      this.root.dataset.behind = String(waiting > 2 * RATE);
    } else if (waiting >= (this.ending ? 1 : (RATE * SEND_MS) / 1000)) {
      this.send();
    } else if (this.ending) {
      this.ending = false;
      this.args.setTriggerValue("done", this.take);
    }
  }

  send() {
    const all = new Int16Array(Math.min(this.captured - this.first, MOST_SENT));
    let used = 0;
    for (const piece of this.pieces) {
      const part = piece.subarray(0, all.length - used);
      all.set(part, used);
      used += part.length;
      if (used === all.length) break;
    }
    this.sent = { at: performance.now(), length: all.length };
    this.args.setTriggerValue("chunk", {
      take: this.take, first: this.first, samples: toBase64(all),
    });
  }

  pause() {
    const running = this.context.state === "running";
    (running ? this.context.suspend() : this.context.resume()).then(() => this.show());
  }

  stop() {
    this.release();
    this.ending = true;
    this.show();
  }

  release() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.context = this.stream = null;
    this.show();
  }

  show() {
    const { words } = this.args.data;
    const on = this.context !== null;
    const speak = this.find("speak");
    speak.textContent = on ? words.stop : words.speak;
    speak.classList.toggle("on", on);
    const pause = this.find("pause");
    pause.hidden = !on;
    pause.textContent = this.context?.state === "suspended" ? words.go_on : words.pause;
    const card = this.find("card");
    card.textContent = words.card;
    card.hidden = !this.args.data.ended || this.args.data.take !== this.take;
    const seconds = Math.floor(this.captured / RATE);
    const behind = Math.round((this.captured - this.heard) / RATE);
    const late = behind > 2 ? `, ${words.behind.replace("{seconds}", behind)}` : "";
    this.find("time").textContent = this.take
      ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}${late}`
      : "";
  }

  announce(now) {
    this.find("now").textContent = now;
    // To a screen reader only what has lasted, and not too often.
    const about = now.split(",")[0];
    if (about !== this.saidOf && performance.now() - this.saidAt > 3000) {
      Object.assign(this, { saidOf: about, saidAt: performance.now() });
      this.find("said").textContent = now;
    }
  }

  tell(text) {
    const fault = this.find("fault");
    fault.textContent = text;
    fault.hidden = !text;
  }

  draw() {
    const canvas = this.find("ribbon");
    const { width, height } = canvas.getBoundingClientRect();
    if (!width || !this.args) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const { words } = this.args.data;
    const from = Math.max(0, this.levels.length - Math.floor(width / CELL_PX));
    this.paint(pen, from, CELL_PX, height, getComputedStyle(canvas).color);
    const last = this.cells.at(-1)?.[0];
    const told = last ? `${words.over_time} ${this.find("now").textContent}` : words.nothing;
    canvas.setAttribute("aria-label", told);
  }

  // The cells from number `from` on, each so many points wide.
  paint(pen, from, step, height, ink) {
    const { colours } = this.args.data;
    for (let cell = from; cell < this.levels.length; cell++) {
      const level = 10 * Math.log10(this.levels[cell] + 1) - 30; // dB above the quietest drawn
      const half = Math.max(2, Math.min(1, level / 50) * (height / 2 - 4));
      const [verdict, certainty] = this.cells[cell] ?? ["", 0];
      const gap = Math.min(1, step / 4);
      const place = [(cell - from) * step, height / 2 - half, step - gap, 2 * half];
      if (verdict in colours) {
        pen.globalAlpha = 0.3 + 0.7 * certainty;
        pen.fillStyle = colours[verdict];
        pen.fillRect(...place);
      } else if (verdict === "not_sure") {
        pen.globalAlpha = 0.8;
        pen.strokeStyle = ink;
        pen.strokeRect(place[0] + gap / 2, place[1], Math.max(0.5, place[2] - gap), place[3]);
      } else if (verdict === "") {
        pen.globalAlpha = 0.25;
        pen.fillStyle = ink;
        pen.fillRect(...place);
      }
    }
    pen.globalAlpha = 1;
  }

  // Made here, in the browser: the voice and the picture are sent nowhere.
  card() {
    const { colours, words, ended } = this.args.data;
    const { width, height, edge, font } = CARD;
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, width, height);
    const write = (text, size, top, weight = 400) => {
      pen.fillStyle = "#1c1e2b";
      pen.font = `${weight} ${size}px ${font}`;
      let line = "";
      for (const word of text.split(" ")) {
        if (line && pen.measureText(`${line} ${word}`).width > width - 2 * edge) {
          pen.fillText(line, edge, top);
          [line, top] = [word, top + 1.35 * size];
        } else line = line ? `${line} ${word}` : word;
      }
      pen.fillText(line, edge, top);
    };
    write("Undertone", 44, 90, 700);
    pen.save();
    pen.translate(edge, 120);
    const step = Math.min(24, (width - 2 * edge) / Math.max(1, this.levels.length));
    this.paint(pen, 0, step, 230, "#1c1e2b");
    pen.restore();
    let left = edge;
    pen.font = `400 24px ${font}`;
    for (const [place, name] of words.names.entries()) {
      pen.fillStyle = colours[words.legend[place]];
      pen.fillRect(left, 377, 22, 22);
      pen.fillStyle = "#1c1e2b";
      pen.fillText(name, left + 30, 397);
      left += pen.measureText(name).width + 70;
    }
    write(ended, 28, 455);
    write(words.limits, 22, 560);
    return canvas;
  }

  keep_card() {
    this.card().toBlob((picture) => {
      const link = Object.assign(document.createElement("a"), {
        href: URL.createObjectURL(picture), download: "undertone.png",
      });
      link.click();
      URL.revokeObjectURL(link.href);
    }, "image/png");
  }

  close() {
    clearInterval(this.ticking);
    this.resized.disconnect();
    this.release();
  }
}

const recorders = new WeakMap();

export default function (args) {
  const root = args.parentElement.querySelector(".live");
  if (!recorders.has(root)) recorders.set(root, new Recorder(root));
  recorders.get(root).update(args);
  return () => {
    recorders.get(root)?.close();
    recorders.delete(root);
  };
}
