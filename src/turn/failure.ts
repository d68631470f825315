import { EchoError, type EchoErrorCode } from "../errors.js";

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What was thrown, as the EchoError that it is or that `code` makes of it; `what` says what happened. */
export const asEchoError = (error: unknown, code: EchoErrorCode, what: string): EchoError =>
  error instanceof EchoError ? error : new EchoError(code, `${what}: ${messageOf(error)}`, { cause: error });

/** A limit that has no room for anything. */
export const tooLong = (limit: number, envelope: number): EchoError =>
  new EchoError(
    "message-too-long",
    `The room takes messages of ${limit} characters; the envelope alone is ${envelope}.`,
  );
