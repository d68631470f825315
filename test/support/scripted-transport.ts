import { EchoError } from "../../src/errors.js";
import type { Transport, TransportEvent } from "../../src/transport/transport.js";

/** A transport in the hands of a test: it keeps nothing, tells what it is told to tell, and refuses what it is told to. */
export class ScriptedTransport implements Transport {
  maxMessageLength = 4096;
  /** What the room really takes; below `maxMessageLength` the client learns it from a refusal. */
  trueLimit = Number.POSITIVE_INFINITY;
  /** Called with every message that left. */
  onsend: (message: Record<string, unknown>) => void = () => {};
  /** Refusals as too long. */
  refusals = 0;
  readonly #listeners = new Set<(event: TransportEvent) => void>();

  send(message: object): void {
    if (JSON.stringify(message).length > this.trueLimit) {
      this.refusals++;
      this.maxMessageLength = this.trueLimit;
      throw new EchoError("message-too-long", `Message data too large. Max size is ${this.trueLimit}`);
    }
    this.onsend(message as Record<string, unknown>);
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: TransportEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  /** The call is joined and the replica there. */
  ready(): void {
    this.tell({ type: "joined", conversationId: "c0123456789abcdef" });
    this.tell({ type: "replica", present: true });
  }

  /** A message, of the replica unless said otherwise. */
  message(message: unknown, fromReplica = true): void {
    this.tell({ type: "message", message, fromId: "someone", fromReplica });
  }
}
