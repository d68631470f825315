/**
 * `error.type` of the errors that end a call or refuse a join, as Daily names them [certain, docs.daily.co: call object's `error` event].
 * The words of Daily's own messages change and are [unknown] here; clients go by the type.
 */
const messages = {
  ejected: "You have been ejected from this meeting.",
  "nbf-room": "The room is not open yet.",
  "nbf-token": "The meeting token is not valid yet.",
  "exp-room": "The meeting you're trying to join is no longer available.",
  "exp-token": "The meeting token has expired.",
  "no-room": "The meeting does not exist.",
  "meeting-full": "The meeting is full.",
  "end-of-life": "This version of the client is no longer supported.",
  "not-allowed": "You are not allowed to join this meeting.",
  "connection-error": "Lost the connection to the signaling server.",
} as const;

/** A type of Daily's fatal errors. */
export type FatalErrorType = keyof typeof messages;

/** All of them. */
export const fatalErrorTypes = Object.keys(messages) as FatalErrorType[];

/** A fatal error as a participant is told of it. */
export interface FatalError {
  readonly type: FatalErrorType;
  readonly message: string;
}

/** The error of this type; `message` replaces the usual one. */
export const fatalError = (type: FatalErrorType, message: string = messages[type]): FatalError => ({ type, message });
