import { echoErrors } from "./echo-schema.js";

interface Sent {
  /** Seconds of the room's clock. */
  at?: number;
  data: unknown;
}

interface EchoProperties {
  inference_id: string;
  audio: string;
  done: boolean;
}

const propertiesOf = (message: Sent): EchoProperties => (message.data as { properties: EchoProperties }).properties;

/** The audio echoes among the messages of a room, in the order in which they left. */
export function echoesOf<S extends Sent>(messages: readonly S[]): S[] {
  return messages.filter(({ data }) => (data as { event_type?: unknown })?.event_type === "conversation.echo");
}

/**
 * Everything that is wrong with the audio echoes of a call, as sentences; empty when each message validates, none is
 * longer than `limit` characters of JSON, each turn carries one id without a break, and `done: true` comes exactly once
 * per turn, last.
 */
export function turnProblems(messages: readonly Sent[], limit: number): string[] {
  const problems: string[] = [];
  const finished = new Set<string>();
  let open: string | undefined;
  for (const [index, message] of echoesOf(messages).entries()) {
    problems.push(...echoErrors(message.data).map((error) => `message ${index}: ${error}`));
    const { length } = JSON.stringify(message.data);
    if (length > limit) problems.push(`message ${index}: ${length} characters, the limit is ${limit}`);
    const { inference_id: id, done } = propertiesOf(message);
    if (finished.has(id)) problems.push(`message ${index}: turn ${id} goes on after done: true`);
    if (open !== undefined && open !== id) problems.push(`message ${index}: turn ${id} begins before ${open} is done`);
    open = done ? undefined : id;
    if (done) finished.add(id);
  }
  if (open !== undefined) problems.push(`turn ${open} has no done: true`);
  return problems;
}

/** All samples of the audio echoes, joined. */
export function samplesOf(messages: readonly Sent[]): Int16Array {
  const bytes = Buffer.concat(echoesOf(messages).map((message) => Buffer.from(propertiesOf(message).audio, "base64")));
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
