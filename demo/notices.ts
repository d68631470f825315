import { EchoError } from "tavus-echo";
import { element } from "./page.js";

const list = element("notices", HTMLUListElement);
/** Text → how often it came. The same problem twice is one notice. */
const shown = new Map<string, { count: number; line: HTMLParagraphElement }>();

/** Shows a problem until the user dismisses it. `next` gets the focus when the last one is gone. */
export function tell(problem: unknown, next: () => void = () => {}): void {
  const text = wordsOf(problem).replace(/[.\s]*$/, ".");
  const known = shown.get(text);
  if (known) {
    known.line.textContent = `${text} (${++known.count} times)`;
    return;
  }
  const item = document.createElement("li");
  const line = document.createElement("p");
  const dismiss = document.createElement("button");
  line.textContent = text;
  dismiss.type = "button";
  dismiss.textContent = "Dismiss";
  dismiss.ariaLabel = `Dismiss: ${text}`;
  dismiss.addEventListener("click", () => {
    item.remove();
    shown.delete(text);
    const other = list.querySelector("button");
    if (other) other.focus();
    else next();
  });
  item.append(line, dismiss);
  list.append(item);
  shown.set(text, { count: 1, line });
}

function wordsOf(problem: unknown): string {
  if (problem instanceof EchoError) return `${problem.message} ${problem.remedy}`;
  if (problem instanceof Error) return problem.message;
  // daily-js rejects with objects of its own.
  const { errorMsg } = Object(problem) as { errorMsg?: unknown };
  return typeof errorMsg === "string" ? errorMsg : String(problem);
}
