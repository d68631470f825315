export { EchoError, type EchoErrorCode } from "./errors.js";
export type { AudioSetup, OpenRequest, Source } from "./source/source.js";
export type { Transport, TransportEvent } from "./transport/transport.js";
export type { Warning } from "./warning.js";
