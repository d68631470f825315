import { EchoError, type EchoErrorCode, messageOf } from "../errors.js";

/** What was thrown, as the EchoError that it is or that `code` makes of it; `what` says what happened. */
export const asEchoError = (error: unknown, code: EchoErrorCode, what: string): EchoError =>
  error instanceof EchoError ? error : new EchoError(code, `${what}: ${messageOf(error)}`, { cause: error });

/** A limit that has no room for anything. */
export const tooLong = (limit: number, envelope: number): EchoError =>
  new EchoError(
    "message-too-long",
    `The room takes messages of ${limit} characters; the envelope alone is ${envelope}.`,
  );
