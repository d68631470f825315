import type { Turn } from "tavus-echo";
import { element } from "./page.js";

/** Seconds per bar, and seconds that the picture is wide. */
const barSeconds = 0.05;
const windowSeconds = 24;

interface Lane {
  turn: Turn;
  /** Peak (0 to 1) of each `barSeconds` of the audio that was sent. */
  bars: number[];
  /** Samples that do not fill a bar yet: how many, and their peak. */
  rest: { frames: number; peak: number };
}

const canvas = element("timeline", HTMLCanvasElement);
const lanes = new Map<string, Lane>();
let drawing = false;

/** Follows a turn: what of it is sent appears as bars, which fill in as they are heard. */
export function follow(turn: Turn): void {
  lanes.set(turn.id, { turn, bars: [], rest: { frames: 0, peak: 0 } });
  if (lanes.size > 12) lanes.delete(lanes.keys().next().value ?? "");
  if (!drawing) requestAnimationFrame(draw);
  drawing = true;
  void turn.outcome.then(() => requestAnimationFrame(draw));
}

/** Adds the samples of a message to its turn. */
export function sent(id: string, pcm: Int16Array, sampleRate: number): void {
  const lane = lanes.get(id);
  if (!lane) return;
  const barFrames = Math.round(barSeconds * sampleRate);
  for (const sample of pcm) {
    lane.rest.peak = Math.max(lane.rest.peak, Math.abs(sample) / 32_768);
    if (++lane.rest.frames < barFrames) continue;
    lane.bars.push(lane.rest.peak);
    lane.rest = { frames: 0, peak: 0 };
  }
}

function draw(): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const style = getComputedStyle(canvas);
  const scale = devicePixelRatio;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = canvas.clientHeight * scale;
  const step = canvas.width / (windowSeconds / barSeconds);
  const middle = canvas.height / 2;

  // The newest audio stands at the right edge; a gap of four bars parts the turns.
  const all = [...lanes.values()].flatMap(({ turn, bars }) => {
    const { seconds } = turn.position;
    const gap = Array.from({ length: 4 }, () => ({ peak: 0, heard: true }));
    return [...bars.map((peak, index) => ({ peak, heard: (index + 1) * barSeconds <= seconds })), ...gap];
  });
  const shown = all.slice(-Math.floor(canvas.width / step));
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const [index, { peak, heard }] of shown.entries()) {
    const height = Math.max(scale, Math.sqrt(peak) * canvas.height * 0.9);
    context.fillStyle = heard ? style.color : style.textDecorationColor;
    context.fillRect(index * step, middle - height / 2, Math.max(1, step * 0.7), height);
  }
  drawing = [...lanes.values()].some(({ turn }) => turn.state !== "settled");
  if (drawing) requestAnimationFrame(draw);
}
