import type { Stats } from "tavus-echo";
import { element } from "./page.js";

const list = element("stats", HTMLElement);
const milliseconds = (value: number | undefined): string => (value === undefined ? "–" : `${value.toFixed(0)} ms`);

/** Shows the figures as of now. */
export function showFigures(now: Stats): void {
  const figures = {
    "sent ahead": `${now.leadSeconds.toFixed(1)} s`,
    messages: `${now.messages} (${now.messagesPerSecond.toFixed(0)}/s)`,
    "message limit": `${now.maxMessageLength} characters`,
    "speak() to first message": milliseconds(now.firstChunkMs),
    "speak() to first sound": milliseconds(now.firstSpeechMs),
  };
  list.replaceChildren(
    ...Object.entries(figures).flatMap(([name, value]) => {
      const term = document.createElement("dt");
      const figure = document.createElement("dd");
      term.textContent = name;
      figure.textContent = value;
      return [term, figure];
    }),
  );
}
