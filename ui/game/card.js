// A score as a picture, made here: nothing is sent anywhere. Of the shape that messengers show whole.
const WIDTH = 1200;
const HEIGHT = 630;
const EDGE = 70;
const FONT = "'Source Sans', sans-serif";
const INK = "#1c1e2b";

function picture({ title, result, bars, limits }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const pen = canvas.getContext("2d");
  const write = (text, size, left, top, weight = 400) => {
    pen.fillStyle = INK;
    pen.font = `${weight} ${size}px ${FONT}`;
    let line = "";
    for (const word of text.split(" ")) {
      if (line && pen.measureText(`${line} ${word}`).width > WIDTH - EDGE - left) {
        pen.fillText(line, left, top);
        [line, top] = [word, top + 1.35 * size];
      } else line = line ? `${line} ${word}` : word;
    }
    pen.fillText(line, left, top);
  };
  pen.fillStyle = "#ffffff";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  write(`Undertone: ${title}`, 30, EDGE, 90);
  write(result, 52, EDGE, 165, 700);
  bars.forEach(([label, number, share], place) => {
    const top = 225 + 72 * place;
    write(label, 30, EDGE, top + 36);
    pen.fillStyle = place ? "#9aa0b5" : "#5b5bd6";
    pen.fillRect(EDGE + 220, top, Math.max(4, share * 700), 50);
    write(number, 30, EDGE + 240 + share * 700, top + 36, 700);
  });
  write(limits, 24, EDGE, 550);
  return canvas;
}

export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.button;
  button.onclick = () => picture(data).toBlob((blob) => {
    const link = Object.assign(document.createElement("a"), {
      href: URL.createObjectURL(blob), download: "undertone-game.png",
    });
    link.click();
    URL.revokeObjectURL(link.href);
  }, "image/png");
}
