// Pictures for docs/encoder.md, drawn anew by every run: they depend on the samples alone, so that they change only with them.
import { mkdirSync, writeFileSync } from "node:fs";
import { fitSine } from "../../test/support/fit-sine.js";
import { grayscalePng } from "./png.js";
import { through } from "./quality.js";
import type { Subject } from "./subjects.js";
import { decibels, MINUS_1_DBFS, tone } from "./tones.js";

const [INPUT, OUTPUT] = [48_000, 24_000];
const FLOOR = -110;
const colours = ["#c2185b", "#9e9e9e", "#1565c0", "#2e7d32", "#ef6c00"];

/** Level of the output over the frequency of the input, and a sweep's spectrogram; both at 48 to 24 kHz. */
export async function drawPlots(subjects: readonly Subject[]): Promise<void> {
  mkdirSync("docs", { recursive: true });
  const curves: Curve[] = [];
  for (const { name, ...subject } of subjects) curves.push({ name, points: await response({ name, ...subject }) });
  writeFileSync("docs/encoder-response.svg", svg(curves, [0, INPUT / 2], [FLOOR, 0], "whole range", [4_000, 20]));
  writeFileSync("docs/encoder-passband.svg", svg(curves, [9_000, 12_500], [-3, 0.5], "around the edge", [500, 0.5]));
  writeFileSync("docs/encoder-sweep.png", await spectrograms(subjects.slice(0, 2)));
}

interface Curve {
  name: string;
  points: [number, number][];
}

/** Below the new Nyquist frequency the tone's gain, from it on the level of all that comes out. */
async function response(subject: Subject): Promise<[number, number][]> {
  const points: [number, number][] = [];
  for (let frequency = 50; frequency < INPUT / 2; frequency += frequency > 10_500 && frequency < 12_600 ? 25 : 200) {
    const output = await through(subject, INPUT, OUTPUT, tone(frequency, INPUT, 6_400));
    const skip = 600;
    let power = 0;
    for (let k = skip; k < output.length; k++) power += output[k] ** 2 / (output.length - skip);
    const level =
      frequency < OUTPUT / 2
        ? fitSine(output, OUTPUT, frequency, skip, output.length).amplitude
        : Math.SQRT2 * Math.sqrt(power);
    points.push([frequency, Math.max(FLOOR, decibels(level / 32_768 / MINUS_1_DBFS))]);
  }
  return points;
}

function svg(
  curves: readonly Curve[],
  [left, right]: [number, number],
  [bottom, top]: [number, number],
  range: string,
  [xStep, yStep]: [number, number],
): string {
  const [width, height, margin] = [760, 400, 50];
  const x = (f: number): string => (margin + ((f - left) / (right - left)) * (width - 2 * margin)).toFixed(1);
  const y = (db: number): string => (margin + ((top - db) / (top - bottom)) * (height - 2 * margin)).toFixed(1);
  const lines: string[] = [];
  const text = (at: string, up: string, words: string, more = ""): void => {
    lines.push(`<text x="${at}" y="${up}" ${more}>${words}</text>`);
  };
  for (let f = Math.ceil(left / xStep) * xStep; f <= right; f += xStep) {
    lines.push(`<path d="M${x(f)} ${y(top)}V${y(bottom)}" stroke="#ddd"/>`);
    text(x(f), String(height - margin + 18), `${f / 1000}`, 'text-anchor="middle"');
  }
  for (let db = Math.ceil(bottom / yStep) * yStep; db <= top; db += yStep) {
    lines.push(`<path d="M${x(left)} ${y(db)}H${x(right)}" stroke="#ddd"/>`);
    text(String(margin - 6), y(db), `${db}`, 'text-anchor="end" dominant-baseline="middle"');
  }
  text(x((left + right) / 2), String(height - 8), "frequency of the input, kHz", 'text-anchor="middle"');
  text(
    "8",
    "20",
    `48 to 24 kHz, ${range}: level of the output, dB (from 12 kHz on: aliases; ${FLOOR} stands for digital silence)`,
  );
  const clip = (value: number): number => Math.max(bottom, Math.min(top, value));
  for (const [i, { name, points }] of [...curves.entries()].reverse()) {
    const inside = points.filter(([f]) => f >= left && f <= right);
    const path = inside.map(([f, db], n) => `${n ? "L" : "M"}${x(f)} ${y(clip(db))}`).join("");
    lines.push(`<path d="${path}" fill="none" stroke="${colours[i]}" stroke-width="${i === 0 ? 2.4 : 1.4}"/>`);
    text(
      String(margin + 12),
      String(height - margin - 12 - 16 * (curves.length - 1 - i)),
      name,
      `fill="${colours[i]}"`,
    );
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<title>Level of the output over the frequency of the input, 48 to 24 kHz, ${range}</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${lines.join("\n")}
</svg>
`;
}

/** A sweep from 0 to 24 kHz in 4 s, side by side: everything but the rising line is alias. White 0 dB, black -120 dB. */
async function spectrograms(subjects: readonly Subject[]): Promise<Buffer> {
  const seconds = 4;
  const frames = seconds * INPUT;
  const sweep = Float32Array.from({ length: frames }, (_, n) => {
    const t = n / INPUT;
    return MINUS_1_DBFS * Math.sin((Math.PI * (INPUT / 2) * t * t) / seconds);
  });
  const [columns, size] = [360, 512];
  const width = subjects.length * columns + (subjects.length - 1) * 8;
  const pixels = new Uint8Array(width * (size / 2)).fill(128);
  for (const [i, subject] of subjects.entries()) {
    const output = await through(subject, INPUT, OUTPUT, sweep);
    for (let column = 0; column < columns; column++) {
      const at = Math.floor((column / columns) * (output.length - size));
      const levels = spectrum(output.subarray(at, at + size));
      levels.forEach((db, bin) => {
        const shade = Math.round(255 * Math.max(0, Math.min(1, 1 + db / 120)));
        pixels[(size / 2 - 1 - bin) * width + i * (columns + 8) + column] = shade;
      });
    }
  }
  return grayscalePng(pixels, width, size / 2);
}

/** dB per bin below Nyquist, 0 for full scale, with a Blackman-Harris window (92 dB). */
function spectrum(samples: Int16Array): number[] {
  const size = samples.length;
  const weights = [0.35875, -0.48829, 0.14128, -0.01168];
  const windowed = Float64Array.from(samples, (sample, n) => {
    const phase = (2 * Math.PI * n) / size;
    return (sample / 32_768) * weights.reduce((sum, weight, i) => sum + weight * Math.cos(i * phase), 0);
  });
  return Array.from({ length: size / 2 }, (_, bin) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < size; n++) {
      const phase = (2 * Math.PI * ((bin * n) % size)) / size;
      re += windowed[n] * Math.cos(phase);
      im -= windowed[n] * Math.sin(phase);
    }
    return decibels((2 * Math.hypot(re, im)) / (size * weights[0]) + 1e-9);
  });
}
