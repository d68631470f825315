import { element } from "./page.js";

/** A message as it went out or came in; `data` is shown, never trusted. */
export interface Logged {
  direction: "out" | "in";
  data: unknown;
}

const rows = element("messages", HTMLTableSectionElement);
const scroller = element("log", HTMLElement);
const count = element("count", HTMLElement);
const start = performance.now();
const keep = 400;
let total = 0;
let pending: HTMLTableRowElement[] = [];

/** Adds a row to the list of messages. Rows are put in once per frame: at twenty messages a second one each would stutter. */
export function logMessage({ direction, data }: Logged): void {
  total += 1;
  const message = record(data);
  const properties = record(message.properties);
  const audio =
    typeof properties.audio === "string"
      ? (properties.audio.length * 3) / 4 / 2 / Number(properties.sample_rate)
      : undefined;
  const id = properties.inference_id ?? message.inference_id;
  const cells = [
    ((performance.now() - start) / 1000).toFixed(3),
    `${direction === "out" ? "→" : "←"} ${String(message.event_type ?? "?")}`,
    typeof id === "string" ? id.slice(0, 8) : "",
    audio === undefined
      ? String(properties.text ?? properties.speech ?? "").slice(0, 40)
      : `${Math.round(audio * 1000)} ms`,
    String(JSON.stringify(data)?.length ?? 0),
    properties.done === undefined ? "" : String(properties.done),
  ];
  const row = document.createElement("tr");
  row.className = direction;
  for (const text of cells) row.insertCell().textContent = text;
  if (pending.push(row) === 1) requestAnimationFrame(flush);
}

function flush(): void {
  const atEnd = scroller.scrollTop + scroller.clientHeight > scroller.scrollHeight - 40;
  rows.append(...pending);
  pending = [];
  while (rows.rows.length > keep) rows.deleteRow(0);
  count.textContent = `${total}${total > keep ? `, the last ${keep} shown` : ""}`;
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
