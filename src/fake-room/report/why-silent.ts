import type { RefusedMessage, RoomMessage } from "../room/message.js";

/** What is known of a room in which nothing was heard. */
export interface SilentRoom {
  /** Session ids of those who were ever in the room, without the replica. */
  readonly people: ReadonlySet<string>;
  readonly replicaPresent: boolean;
  readonly messages: readonly RoomMessage[];
  readonly refused: readonly RefusedMessage[];
  /** Samples that arrived and were not heard. */
  readonly unheardFrames: number;
  /** Messages that are still on their way. */
  readonly inFlight: number;
}

/** Why nothing was heard, in sentences; for a room where something was, it is not asked. */
export function whySilent(room: SilentRoom): string {
  const { people, replicaPresent, messages, refused, unheardFrames, inFlight } = room;
  if (people.size === 0) return "Nobody has joined the room.";
  const sent = messages.filter(({ from }) => people.has(from));
  const echoes = sent.filter(({ data }) => eventType(data) === "conversation.echo");
  const presence = replicaPresent ? "" : " The replica is not in the room.";
  if (sent.length === 0) return `Somebody joined, but sent nothing.${presence}`;
  if (echoes.length === 0)
    return `${count(sent.length, "message")} sent, none of them a conversation.echo: ${listed(sent.map(({ data }) => eventType(data) ?? "no event_type"))}.${presence}`;
  const sentences = [`${count(echoes.length, "conversation.echo message")} sent.`];
  const fates = echoes.map(({ fate }) => fate).filter((fate) => fate !== "carried");
  if (fates.length > 0) sentences.push(`On the way: ${listed(fates)}.`);
  const reasons = refused.filter(({ from }) => people.has(from)).map(({ reason }) => reason);
  if (reasons.length > 0) sentences.push(`Refused: ${listed(reasons)}.`);
  if (inFlight > 0) sentences.push(`${count(inFlight, "message")} still on the way.`);
  if (unheardFrames > 0)
    sentences.push(
      `${unheardFrames} samples arrived and have not been heard: too few to begin without done, still waiting, or interrupted.`,
    );
  if (!replicaPresent) sentences.push("The replica is not in the room: what is sent then is lost.");
  else if (sentences.length === 1)
    sentences.push("They arrived before the replica was in the room, or at nobody: see `to` in room.messages.");
  return sentences.join(" ");
}

const eventType = (data: unknown): string | undefined => {
  const type = (data as { event_type?: unknown } | null)?.event_type;
  return typeof type === "string" ? type : undefined;
};
const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? " was" : "s were"}`;

/** Each once, the most frequent first, with how often it came. */
function listed(items: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([item, times]) => (times === 1 ? item : `${times} × ${item}`))
    .join("; ");
}
