import type { Connection } from "../connection.js";
import type { Problem } from "../shape.js";

/** The service's error frame, which a close with the same code follows [L]. */
export interface SpeechError {
  message: string;
  error: string;
  code: number;
}

/** What is wrong with a message or a handshake. */
export type Wrong = Omit<SpeechError, "code">;

/** A message that is not what the service reads. */
export const invalid = (message: string): Wrong => ({ error: "invalid_message", message });

/** Reports what is wrong and closes. */
export function refuse(connection: Connection, { error, message }: Wrong, code = 1008): void {
  connection.refusals.push(message);
  const frame: SpeechError = { message, error, code };
  connection.send(frame);
  connection.close(code, message.slice(0, 120));
}

/** Words for a field that is wrong. */
export function wordsFor({ path, expected, reason }: Problem): Wrong {
  const place = path === "" ? "The message" : `Field '${path}'`;
  if (reason === "unknown") return invalid(`${place} does not exist.`);
  return invalid(reason === "missing" ? `${place} is missing.` : `${place} must be ${expected}.`);
}
