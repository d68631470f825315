import type { RefusedMessage, RoomMessage } from "../room/message.js";

/** What was sent in a room, a line each in the order of time, and what the replica could not use: for a test that failed. */
export function timeline(messages: readonly RoomMessage[], refused: readonly RefusedMessage[]): string {
  const lines = [
    ...messages.map((message) => ({ at: message.at, text: describe(message) })),
    ...refused.map(({ at, from, reason }) => ({ at, text: `${from.slice(0, 8)}  refused: ${reason}` })),
  ];
  const start = Math.min(...lines.map(({ at }) => at));
  return lines
    .map((line, index) => ({ ...line, index }))
    .sort((one, other) => one.at - other.at || one.index - other.index)
    .map(({ at, text }) => `${(at - start).toFixed(3).padStart(9)} s  ${text}\n`)
    .join("");
}

function describe({ from, to, data, fate }: RoomMessage): string {
  const addressee = to === "*" ? "" : ` to ${JSON.stringify(to)}`;
  const end = fate === "carried" ? "" : ` (${fate})`;
  return `${from.slice(0, 8)}  ${content(data)}${addressee}${end}`;
}

function content(data: unknown): string {
  const { event_type, inference_id, properties } = (data ?? {}) as Record<string, unknown>;
  if (typeof event_type !== "string") return cut(JSON.stringify(data) ?? String(data));
  const { audio, ...rest } = (properties ?? {}) as Record<string, unknown>;
  const shown = {
    ...(inference_id !== undefined && { inference_id }),
    ...rest,
    // Samples of base64: 4 characters are 3 bytes, 2 bytes a sample.
    ...(typeof audio === "string" && { samples: Math.floor((audio.replace(/=+$/, "").length * 3) / 8) }),
  };
  return `${event_type} ${cut(JSON.stringify(shown))}`;
}

const cut = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
