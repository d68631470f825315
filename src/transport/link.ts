import { EchoError, messageOf } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import { isTavus } from "../tavus/documented-event.js";
import { conversationIdOf, parse, type TavusEvent } from "../tavus/event.js";
import { EventFold } from "../tavus/fold.js";
import type { Message } from "../tavus/interaction.js";
import type { Warning } from "../warning.js";
import { Arrival } from "./arrival.js";
import { claim } from "./claim.js";
import { Presence, type Readiness } from "./presence.js";
import type { Transport, TransportEvent } from "./transport.js";
import { judgeSender, noTrust } from "./trust.js";

/** Options of the replica that concern its link; see there. */
export interface LinkSettings {
  transport: Transport;
  clock: Clock;
  conversationId: string | undefined;
}

/** Who uses a {@link Link}: told what comes in. */
export interface LinkHost {
  /**
   * Messages can be sent, or no longer, or for another reason. `reason`: what ended the call, where that is told; `lasted`:
   * seconds that `before` held.
   */
  changed(before: Readiness, reason: string | undefined, lasted: number): void;
  /** The room's limit is another. */
  limited(): void;
  /** A message of this many characters has left. */
  transmitted(length: number): void;
  /** Any message, before it is judged. */
  raw(message: TransportEvent & { type: "message" }): void;
  /** Any message of a sender that is trusted. */
  believed(message: unknown): void;
  /** An event of Tavus', trusted, parsed, and not a repetition. */
  event(event: TavusEvent, at: number | undefined): void;
  /** A trusted message that is no news: Tavus' messages arrive. */
  alive(): void;
  /** Something works on, but somebody should know. */
  warn(warning: Warning): void;
}

/** One Replica's use of a transport: the claim on it, what holds in the room, messages out, and Tavus' events in. */
export class Link {
  /** Behind `replica.ready`. */
  readonly arrival = new Arrival();
  /** Gives the claim up, so that another Replica can use the call. Idempotent. */
  readonly release: () => void;
  /** As the transport's, where it has one. */
  readonly observeLevel: Transport["observeLevel"];
  readonly #transport: Transport;
  readonly #settings: LinkSettings;
  readonly #host: LinkHost;
  readonly #presence = new Presence();
  readonly #fold = new EventFold();
  readonly #pending: TransportEvent[] = [];
  readonly #waiting: Message[] = [];
  #trust = noTrust;
  /** Ends what waits of a stay in the room. */
  #stay = new AbortController();
  #learntId: string | undefined;
  #since: number;
  #sending = false;
  #unsubscribe: (() => void) | undefined;

  /** Throws TypeError when another live Link uses the same call. */
  constructor(settings: LinkSettings, host: LinkHost) {
    const { transport, clock } = settings;
    this.release = claim(transport.claims ?? transport);
    this.observeLevel = transport.observeLevel?.bind(transport);
    this.#transport = transport;
    this.#settings = settings;
    this.#host = host;
    this.#since = clock.now();
  }

  /** Whether messages can be sent now, and if not, why. */
  get readiness(): Readiness {
    return this.#presence.readiness;
  }

  /** When `readiness` last changed. */
  get readinessSince(): number {
    return this.#since;
  }

  /** Characters that the room takes now. */
  get limit(): number {
    return this.#transport.maxMessageLength;
  }

  /** As the app named it; else as the transport or an inbound message told it. */
  get conversationId(): string | undefined {
    return this.#settings.conversationId ?? this.#learntId;
  }

  /** Listens from now on; what holds already is told before it returns. Releases the claim when the transport throws. */
  open(): void {
    try {
      this.#unsubscribe = this.#transport.subscribe((event) => this.#receive(event));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Listens no more; nothing can be sent. */
  close(): void {
    this.#presence.close();
    this.#stay.abort();
    this.#unsubscribe?.();
    this.arrival.never(new EchoError("closed", "The replica was closed before it was ready."));
  }

  /** Whether the call is over. One that is being joined again is not: it is waited for from now on. */
  over(): boolean {
    if (this.readiness !== "left") return false;
    if (!this.#transport.joining) return true;
    this.#presence.rejoin();
    this.#follow("left");
    return false;
  }

  /** Sends now. Throws an EchoError, and has sent nothing, when that is refused. */
  transmit(message: Message): void {
    // A transport may answer before send() returns; what it says is heard after the message counts as sent.
    const pending = this.#pending.length;
    this.#sending = true;
    try {
      this.#transport.send(message);
    } finally {
      this.#sending = false;
      if (this.#pending.length > pending) queueMicrotask(() => this.#takePending());
    }
    this.#host.transmitted(JSON.stringify(message).length);
  }

  /** Sends now, or when an interrupted network is back. Throws an EchoError when there is nobody to send to. */
  post(message: Message): void {
    const { readiness } = this;
    if (readiness === "ready") this.transmit(message);
    else if (readiness === "held") this.#waiting.push(message);
    else
      throw new EchoError(
        readiness === "left" || readiness === "closed" ? "call-left" : readiness,
        "The message was not sent.",
      );
  }

  /** Something works on, but somebody should know. */
  warn(warning: Warning): void {
    this.#host.warn(warning);
  }

  #receive(event: TransportEvent): void {
    if (this.#sending || this.#pending.length > 0) this.#pending.push(event);
    else this.#take(event);
  }

  #takePending(): void {
    // One stays in the list while it is taken, so that what comes meanwhile queues up behind it.
    for (let event = this.#pending[0]; event; event = this.#pending[0]) {
      this.#take(event);
      this.#pending.shift();
    }
  }

  #take(event: TransportEvent): void {
    switch (event.type) {
      case "warning":
        this.warn({ code: event.code, message: event.message, remedy: event.remedy });
        return;
      case "limit":
        this.#host.limited();
        return;
      case "message":
        this.#hear(event);
        return;
      case "playback":
        this.#acknowledge(event);
        return;
    }
    if (event.type === "joined") this.#learntId = event.conversationId ?? this.#learntId;
    // Whoever comes counts its events from their own beginning.
    if (event.type === "joined" || event.type === "replica") {
      this.#fold.reset();
      this.#stay.abort();
      this.#stay = new AbortController();
      this.#trust = noTrust;
    }
    const before = this.readiness;
    this.#presence.apply(event);
    this.#follow(before, event.type === "left" ? event.reason : undefined);
  }

  #follow(before: Readiness, reason?: string): void {
    const { readiness } = this;
    if (readiness === before) return;
    const now = this.#settings.clock.now();
    const lasted = now - this.#since;
    this.#since = now;
    if (readiness === "ready") this.arrival.arrived();
    else if (readiness !== "held") this.arrival.gone();
    if (readiness === "left") this.#warnOfLost(this.#waiting.splice(0), "the call ended before the network was back");
    // First, because an interrupt that is owed goes before what waits: it would cut that off.
    this.#host.changed(before, reason, lasted);
    if (readiness === "ready") this.#sendWaiting();
  }

  #acknowledge({ what, inferenceId, seconds, interrupted = false }: TransportEvent & { type: "playback" }): void {
    const common = { inferenceId, seq: undefined, conversationId: undefined };
    const stopped = { type: "stopped", durationSeconds: seconds, interrupted, ...common } as const;
    this.#host.event(what === "started" ? { type: what, ...common } : stopped, undefined);
  }

  #hear(event: TransportEvent & { type: "message" }): void {
    this.#host.raw(event);
    if (!event.fromReplica) return;
    // Whatever is no message of Tavus proves nothing about who sends them.
    const now = this.#settings.clock.now();
    if (event.visible === undefined || !isTavus(event.message)) this.#believe(event, now);
    else this.#judge(event, now);
  }

  #judge(event: TransportEvent & { type: "message" }, at: number): void {
    const { clock } = this.#settings;
    const { trust, verdict } = judgeSender(this.#trust, event.fromId, event.visible === true, clock.now());
    this.#trust = trust;
    if (verdict === "believed") this.#believe(event, at);
    else if (verdict !== "refused")
      void clock.sleep(verdict.waitsUntil - clock.now(), this.#stay.signal).then(() => {
        // It counts from its arrival on, unless its sender turned out to be a participant.
        if (!this.#stay.signal.aborted && (this.#transport.believes?.(event.fromId) ?? true)) this.#judge(event, at);
      });
  }

  #believe({ message, fromId }: TransportEvent & { type: "message" }, at: number): void {
    this.#learntId ??= conversationIdOf(message);
    this.#host.believed(message);
    const parsed = parse(message);
    if (parsed && this.#fold.accepts(parsed, fromId, at)) this.#host.event(parsed, at);
    else this.#host.alive();
  }

  #sendWaiting(): void {
    for (const message of this.#waiting.splice(0)) {
      try {
        this.transmit(message);
      } catch (error) {
        this.#warnOfLost([message], messageOf(error));
      }
    }
  }

  #warnOfLost(messages: readonly Message[], why: string): void {
    if (messages.length > 0)
      this.warn({
        code: "interaction-lost",
        message: `Not sent: ${messages.map(({ event_type }) => event_type).join(", ")} (${why}).`,
        remedy: "Send again when the replica can hear.",
      });
  }
}
