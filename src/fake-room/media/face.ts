import type { Mouth } from "./mouth.js";

/** Side of the square picture, in pixels. */
export const faceSize = 400;

/** Seconds of a blink, and between two. */
const blink = 0.16;
const blinkEvery = 3.7;

/** Draws the replica: a plain friendly face, whose mouth is to be read at 200 pixels. `seconds` moves head and eyelids. */
export function drawFace(canvas: CanvasRenderingContext2D, mouth: Mouth, seconds: number): void {
  canvas.save();
  canvas.scale(faceSize / 400, faceSize / 400);
  canvas.fillStyle = "#dfe9f2";
  canvas.fillRect(0, 0, 400, 400);
  const sway = Math.sin(seconds * 0.9);
  body(canvas);
  canvas.translate(200 + 3 * sway, 190 + 2 * Math.sin(seconds * 1.3));
  canvas.rotate(0.015 * sway);
  head(canvas);
  eyes(canvas, seconds % blinkEvery < blink ? 0.1 : 1, mouth.open);
  lips(canvas, mouth);
  canvas.restore();
}

function oval(canvas: CanvasRenderingContext2D, x: number, y: number, rx: number, ry: number, colour: string): void {
  canvas.fillStyle = colour;
  canvas.beginPath();
  canvas.ellipse(x, y, Math.max(0, rx), Math.max(0, ry), 0, 0, 2 * Math.PI);
  canvas.fill();
}

function body(canvas: CanvasRenderingContext2D): void {
  oval(canvas, 200, 430, 150, 100, "#39647f");
  canvas.fillStyle = "#d99a78";
  canvas.fillRect(168, 290, 64, 60);
}

function head(canvas: CanvasRenderingContext2D): void {
  oval(canvas, 0, -32, 132, 132, "#4a3328");
  oval(canvas, -112, 10, 18, 28, "#e3a583");
  oval(canvas, 112, 10, 18, 28, "#e3a583");
  oval(canvas, 0, 15, 112, 138, "#efb694");
  // Fringe.
  canvas.fillStyle = "#4a3328";
  canvas.beginPath();
  canvas.moveTo(-112, -20);
  canvas.quadraticCurveTo(-100, -140, 0, -140);
  canvas.quadraticCurveTo(100, -140, 112, -20);
  canvas.quadraticCurveTo(60, -78, -30, -82);
  canvas.quadraticCurveTo(-90, -70, -112, -20);
  canvas.fill();
  oval(canvas, -66, 62, 20, 12, "#e9a283");
  oval(canvas, 66, 62, 20, 12, "#e9a283");
  canvas.strokeStyle = "#cf8f6f";
  canvas.lineWidth = 5;
  canvas.lineCap = "round";
  canvas.beginPath();
  canvas.moveTo(2, 14);
  canvas.quadraticCurveTo(16, 46, -4, 48);
  canvas.stroke();
}

function eyes(canvas: CanvasRenderingContext2D, lids: number, raise: number): void {
  for (const side of [-1, 1]) {
    oval(canvas, side * 46, -6, 21, 15 * lids, "#ffffff");
    oval(canvas, side * 46, -6, 10, 11 * lids, "#355c4b");
    oval(canvas, side * 46, -6, 5, 6 * lids, "#14211c");
    canvas.strokeStyle = "#4a3328";
    canvas.lineWidth = 7;
    canvas.beginPath();
    canvas.moveTo(side * 26, -38 - 4 * raise);
    canvas.quadraticCurveTo(side * 46, -48 - 6 * raise, side * 70, -36 - 4 * raise);
    canvas.stroke();
  }
}

function lips(canvas: CanvasRenderingContext2D, { open, width, teeth }: Mouth): void {
  const y = 92;
  const half = 40 + 18 * width;
  const gap = 40 * open;
  const thick = 9 - 2 * width;
  canvas.save();
  // Lips are one shape, the inside of the mouth is cut into it.
  canvas.fillStyle = "#b8504f";
  canvas.beginPath();
  canvas.ellipse(0, y, half, gap + thick, 0, 0, 2 * Math.PI);
  canvas.fill();
  if (gap < 2) {
    // Closed: the line between the lips, with a smile.
    canvas.strokeStyle = "#7d2f31";
    canvas.lineWidth = 3;
    canvas.lineCap = "round";
    canvas.beginPath();
    canvas.moveTo(-half + 2, y - 3);
    canvas.quadraticCurveTo(0, y + 6, half - 2, y - 3);
    canvas.stroke();
    canvas.restore();
    return;
  }
  canvas.beginPath();
  canvas.ellipse(0, y, Math.max(0, half - 8), gap, 0, 0, 2 * Math.PI);
  canvas.fillStyle = "#4d1519";
  canvas.fill();
  canvas.clip();
  oval(canvas, 0, y + gap + 4, half * 0.6, gap * 0.6, "#d9737a");
  canvas.fillStyle = "#ffffff";
  // Upper teeth show a little, and both rows when they are together.
  canvas.fillRect(-half, y - gap - 2, 2 * half, 6 + gap * (0.3 + 0.7 * teeth));
  if (teeth > 0.2) canvas.fillRect(-half, y + 1, 2 * half, gap * teeth + 4);
  canvas.restore();
}
