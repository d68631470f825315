import type { Settings, Unsent } from "./dialect.js";

const name = "conversation.item.input_audio_transcription";

/** The events that report the caller's words, as the session's settings ask for them. */
export function transcription(
  item_id: string,
  transcript: string,
  seconds: number,
  kind: Settings["transcription"],
): Unsent[] {
  if (kind === "none") return [];
  const events: Unsent[] = [];
  let soFar = "";
  for (const delta of transcript.match(/\S+\s*/g) ?? []) {
    soFar += delta;
    if (kind === "delta") events.push({ type: `${name}.delta`, item_id, content_index: 0, delta });
    if (kind === "updated") events.push({ type: `${name}.updated`, item_id, transcript: soFar.trimEnd() });
  }
  const usage = { type: "duration" as const, seconds };
  events.push({ type: `${name}.completed`, item_id, content_index: 0, transcript, usage });
  return events;
}
