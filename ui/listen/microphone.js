// What the page's recorder does not say by itself: why there is no microphone, and that somebody
// has paused, which ends the recording.
//
// Python to here (data): known (the state that it knows), ask (the text of the button, or nothing),
// reasons (the states that it wants to hear of). From here to Python (state): state.

const REASONS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing" };
// Streamlit's own button; where it has another name some day, people stop by themselves as before.
const RECORDER = '[data-testid="stAudioInput"]';
const STOP = `${RECORDER} button[aria-label="Stop recording"]`;

const PAUSE_S = 2; // a recording ends after so long a pause ...
const LEAST_S = 0.4; // ... behind at least so much of a voice
const QUIET = 0.2; // a pause lies 14 dB below the loudest, which no steady noise does
const VOICE = 0.01; // the root mean square of a soft voice, of full scale
const EVERY_MS = 50;

// Tells a pause from a voice, block by block of its loudness.
export class Listener {
  constructor() {
    this.loudest = 0;
    this.voice = 0;
    this.quiet = 0;
  }

  // Whether somebody has spoken and paused; `seconds` have passed since the block before.
  hear(rms, seconds) {
    this.loudest = Math.max(this.loudest, rms);
    if (rms < QUIET * this.loudest || rms < VOICE) {
      this.quiet += seconds;
    } else {
      this.voice += seconds;
      this.quiet = 0;
    }
    return this.voice >= LEAST_S && this.quiet >= PAUSE_S;
  }
}

function watch(stream) {
  if (!document.querySelector(RECORDER)) return; // another page, which stops when it is told to
  const context = new AudioContext();
  const meter = new AnalyserNode(context, { fftSize: 2048 });
  context.createMediaStreamSource(stream).connect(meter);
  const block = new Float32Array(meter.fftSize);
  const listener = new Listener();
  let before = performance.now();
  const timer = setInterval(() => {
    const ended = !stream.active || stream.getTracks().every((track) => track.readyState === "ended");
    const now = performance.now();
    meter.getFloatTimeDomainData(block);
    const rms = Math.hypot(...block) / Math.sqrt(block.length);
    // A page that is not seen is called seldom: what it missed is no pause.
    const paused = listener.hear(rms, Math.min(now - before, 4 * EVERY_MS) / 1000);
    before = now;
    if (ended || paused) {
      clearInterval(timer);
      context.close();
    }
    if (paused && !ended) document.querySelector(STOP)?.click();
  }, EVERY_MS);
}

const media = navigator.mediaDevices;
let known = "";
let tell = () => {};
const found = (state) => { known = state; tell(state); };

// The recorder asks for the microphone; this listens to the answer, and to what is recorded.
if (!window.isSecureContext || !media?.getUserMedia) {
  known = "insecure";
} else {
  const ask = media.getUserMedia.bind(media);
  media.getUserMedia = async (wanted) => {
    try {
      const stream = await ask(wanted);
      found("granted");
      watch(stream);
      return stream;
    } catch (error) {
      found(REASONS[error.name] ?? "busy");
      throw error;
    }
  };
  navigator.permissions?.query({ name: "microphone" }).then((permission) => {
    permission.onchange = () => found(permission.state);
    if (permission.state !== "prompt") found(permission.state);
  }, () => {});
}

export default function ({ parentElement, data, setStateValue }) {
  tell = (state) => {
    // Good news is told to those only who wait for it: each telling runs the page again.
    if (state && state !== data.known && (data.ask || data.reasons.includes(state))) {
      setStateValue("state", state);
    }
  };
  const button = parentElement.querySelector("button");
  button.hidden = !data.ask;
  button.textContent = data.ask;
  button.onclick = () => media.getUserMedia({ audio: true }).then(
    (stream) => stream.getTracks().forEach((track) => track.stop()), () => {});
  tell(known);
}
