export { EchoError, type EchoErrorCode } from "./errors.js";
export { audioNode } from "./source/audio-node.js";
export { pcm } from "./source/pcm.js";
export type { PcmDeclaration } from "./source/pcm-format.js";
export type { Encoding, PcmInput, Piece } from "./source/piece.js";
export type { AudioSetup, OpenRequest, Source } from "./source/source.js";
export type { Transport, TransportEvent } from "./transport/transport.js";
export type { Warning } from "./warning.js";
