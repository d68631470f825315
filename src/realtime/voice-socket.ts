/** What is used of a WebSocket: the platform's own has it, and so has the `ws` package's. */
export interface VoiceSocket {
  /** Bytes that were sent but have not left. */
  readonly bufferedAmount: number;
  /** Set to "arraybuffer". */
  binaryType: string;
  /** See WebSocket. Text, or the bytes of a binary frame. */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** See WebSocket. */
  close(code?: number, reason?: string): void;
  /** See WebSocket. */
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: unknown }) => void): void;
}

/** Makes a socket; `WebSocket` is one. */
export type VoiceSocketConstructor = new (url: string, protocols: string[]) => VoiceSocket;

/** What a socket takes: text of a JSON object, or bytes as they are. */
export function frameOf(frame: object): string | Uint8Array<ArrayBuffer> {
  if (frame instanceof Uint8Array) return frame as Uint8Array<ArrayBuffer>;
  return frame instanceof ArrayBuffer ? new Uint8Array(frame) : JSON.stringify(frame);
}
