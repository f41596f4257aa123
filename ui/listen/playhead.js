// Joins the player and the figure that lie in the container with the key "sound": a line moves
// through the figure as the recording plays, a click on the figure seeks, and a click on what was
// heard, there or in the list below, plays just that part. Of a video the picture is the player,
// where the browser can show it.

const OF_A_LANE = "yaxis3";

const clock = (seconds) => {
  const minutes = Math.floor(seconds / 60);
  // The page's language writes the decimals.
  const rest = (seconds - 60 * minutes).toLocaleString(document.documentElement.lang, {
    minimumFractionDigits: 1, maximumFractionDigits: 1,
  });
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
  const told = parentElement.querySelector("p");
  told.textContent = data.words.no_picture;
  const player = () => {
    const film = find("video"), sound = find("audio");
    const failed = film && (film.error || film.networkState === HTMLMediaElement.NETWORK_NO_SOURCE
      || (film.readyState > 0 && !film.videoWidth));
    const shown = film && !failed && film.readyState > 0;
    told.hidden = !failed;
    // Its column, where it stands beside the figure.
    const place = film?.closest(".st-key-sound [data-testid=stColumn], .st-key-picture");
    const beside = place?.closest(".st-key-sound [data-testid=stColumn]") ?? place;
    if (beside) beside.style.display = failed ? "none" : "";
    const bar = sound?.closest("[data-testid=stElementContainer]");
    // One player at a time.
    if (bar) bar.style.display = shown ? "none" : "";
    if (shown && !sound?.paused) sound?.pause();
    return shown ? film : sound;
  };
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
    const media = player();
    if (!media) return;
    media.currentTime = segment.start;
    playing = segment;
    await media.play().catch(() => { playing = null; });
  };
  const draw = () => {
    const media = player(), plot = find(".js-plotly-plot");
    const axis = plot?._fullLayout?.xaxis, size = plot?._fullLayout?._size;
    if (media && playing) {
      if (media.currentTime >= playing.end) {
        media.pause();
        playing = null;
      } else if (media.currentTime < playing.start - 0.5) {
        playing = null;  // Somebody went elsewhere.
      }
    }
    if (media && axis && size) {
      if (line.parentElement !== plot) {
        plot.style.position = "relative";
        plot.append(line);
      }
      if (joined !== plot) {
        joined = plot;
        plot.addEventListener("click", press);
      }
      line.style.display = media.currentTime > 0 ? "block" : "none";
      line.style.top = `${size.t}px`;
      line.style.height = `${size.h}px`;
      line.style.left = `${axis._offset + axis.l2p(media.currentTime)}px`;
    }
    frame = requestAnimationFrame(draw);
  };
  const press = (event) => {
    const media = player(), layout = joined._fullLayout, axis = layout.xaxis;
    const place = joined.getBoundingClientRect(), lane = layout[OF_A_LANE];
    const at = axis.p2l(event.clientX - place.left - axis._offset);
    if (!media || at < 0 || at > axis.range[1]) return;
    const down = event.clientY - place.top;
    const onLanes = lane && down >= lane._offset && down <= lane._offset + lane._length;
    const segment = data.segments.find((one) => at >= one.start && at < one.end);
    if (onLanes && segment) {
      play(segment);
    } else {
      playing = null;
      media.currentTime = at;
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
