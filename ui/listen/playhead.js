// Joins the player and the figure that lie in the container with the key "sound": a line moves
// through the figure as the recording plays, a click on the figure seeks, and a click on what was
// heard, there or in the list below, plays just that part.

const OF_A_LANE = "yaxis3";

const clock = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - 60 * minutes).toFixed(1);
  return minutes ? `${minutes}:${rest.padStart(4, "0")}` : rest;
};
const span = ({ start, end }) => `${clock(start)} – ${clock(end)}${end < 60 ? "\u00a0s" : ""}`;

function row(segment, words, play) {
  const line = document.createElement("tr");
  const cells = [
    document.createElement("td"), document.createElement("td"), document.createElement("td"),
    document.createElement("td"),
  ];
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "▶";
  button.setAttribute("aria-label", `${words.play} ${segment.label}, ${span(segment)}`);
  button.onclick = () => play(segment);
  cells[0].append(button);
  cells[1].textContent = span(segment);
  const chip = document.createElement("span");
  chip.className = segment.sure ? "chip" : "chip unsure";
  chip.style.setProperty("--colour", segment.colour);
  chip.textContent = segment.label;
  cells[2].append(chip);
  cells[3].textContent = segment.share;
  line.append(...cells);
  return line;
}

function list(root, data, play) {
  const told = JSON.stringify(data);
  if (root.dataset.told === told) return;
  root.dataset.told = told;
  root.hidden = !data.segments.length;
  root.querySelector("caption").textContent = data.words.caption;
  const heads = data.words.heads.map((text) => {
    const head = document.createElement("th");
    head.scope = "col";
    head.textContent = text;
    return head;
  });
  root.querySelector("thead tr").replaceChildren(...heads);
  const rows = data.segments.map((segment) => row(segment, data.words, play));
  root.querySelector("tbody").replaceChildren(...rows);
}

export default function ({ data, parentElement }) {
  const find = (kind) => document.querySelector(`.st-key-sound ${kind}`);
  const line = document.createElement("div");
  line.className = "undertone-playhead";
  Object.assign(line.style, {
    position: "absolute", width: "2px", background: "#ffffff", boxShadow: "0 0 0 1px #1c1e2b",
    pointerEvents: "none", zIndex: 1, display: "none",
  });
  let frame = 0;
  let joined = null;
  let playing = null;

  const play = async (segment) => {
    const audio = find("audio");
    if (!audio) return;
    audio.currentTime = segment.start;
    playing = segment;
    await audio.play().catch(() => { playing = null; });
  };
  const draw = () => {
    const audio = find("audio"), plot = find(".js-plotly-plot");
    const axis = plot?._fullLayout?.xaxis, size = plot?._fullLayout?._size;
    if (audio && playing) {
      if (audio.currentTime >= playing.end) {
        audio.pause();
        playing = null;
      } else if (audio.currentTime < playing.start - 0.5) {
        playing = null;  // Somebody went elsewhere.
      }
    }
    if (audio && axis && size) {
      if (line.parentElement !== plot) {
        plot.style.position = "relative";
        plot.append(line);
      }
      if (joined !== plot) {
        joined = plot;
        plot.addEventListener("click", press);
      }
      line.style.display = audio.currentTime > 0 ? "block" : "none";
      line.style.top = `${size.t}px`;
      line.style.height = `${size.h}px`;
      line.style.left = `${axis._offset + axis.l2p(audio.currentTime)}px`;
    }
    frame = requestAnimationFrame(draw);
  };
  const press = (event) => {
    const audio = find("audio"), layout = joined._fullLayout, axis = layout.xaxis;
    const place = joined.getBoundingClientRect(), lane = layout[OF_A_LANE];
    const at = axis.p2l(event.clientX - place.left - axis._offset);
    if (!audio || at < 0 || at > axis.range[1]) return;
    const down = event.clientY - place.top;
    const onLanes = lane && down >= lane._offset && down <= lane._offset + lane._length;
    const segment = data.segments.find((one) => at >= one.start && at < one.end);
    if (onLanes && segment) {
      play(segment);
    } else {
      playing = null;
      audio.currentTime = at;
    }
  };
  list(parentElement.querySelector("table"), data, play);
  frame = requestAnimationFrame(draw);
  return () => {
    cancelAnimationFrame(frame);
    joined?.removeEventListener("click", press);
    line.remove();
  };
}
