import { EchoError, messageOf } from "../errors.js";
import { type CallLike, isReplica, type ParticipantLike, replicaOf, roomName } from "./daily-call.js";
import { showReplica } from "./daily-media.js";
import { MessageLimit } from "./message-limit.js";
import type { Transport, TransportEvent } from "./transport.js";

/** How `dailyTransport` sends. */
export interface DailyTransportOptions {
  /**
   * "*" (default): to everybody in the room, as Tavus' documentation does. "replica": to the replica's session alone, which
   * spares the others about 0.5 Mbit/s each; whether every deployment of Tavus listens there is [unknown].
   */
  to?: "*" | "replica" | undefined;
}

/**
 * The way to a Tavus conversation over a Daily call: any DailyCall of `@daily-co/daily-js` 0.87 or newer, which the app
 * makes, joins, leaves and destroys. Nothing of daily-js is imported. Throws TypeError when `call` is no such object.
 */
export function dailyTransport(call: object, options: DailyTransportOptions = {}): Transport {
  const to = options.to ?? "*";
  if (to !== "*" && to !== "replica") throw new RangeError(`dailyTransport(): to must be "*" or "replica", not ${to}.`);
  if (!isCall(call))
    throw new TypeError("dailyTransport(): call must be a DailyCall, as Daily.createCallObject() returns it.");
  return new DailyTransport(call, to);
}

const isCall = (call: object): call is CallLike =>
  ["sendAppMessage", "on", "off", "participants", "meetingState"].every(
    (method) => typeof Reflect.get(Object(call), method) === "function",
  );

class DailyTransport implements Transport {
  readonly claims: object;
  readonly #call: CallLike;
  readonly #to: "*" | "replica";
  readonly #limit: MessageLimit;
  readonly #listeners = new Set<(event: TransportEvent) => void>();
  /** Session ids of participants, also of those who left: visible ones are not trusted, then or later. */
  readonly #seen = new Set<string>();
  #unlisten: (() => void) | undefined;
  #joined = false;
  #left: string | undefined;
  #replica = false;
  #warnedOfMicrophone = false;

  constructor(call: CallLike, to: "*" | "replica") {
    this.#call = call;
    this.claims = call;
    this.#to = to;
    this.#limit = new MessageLimit(call);
  }

  get maxMessageLength(): number {
    return this.#limit.characters;
  }

  get joining(): boolean {
    return ["loading", "loaded", "joining-meeting"].includes(this.#call.meetingState());
  }

  send(message: object): void {
    const to = this.#to === "*" ? "*" : replicaOf(this.#call)?.session_id;
    if (to === undefined) throw new EchoError("replica-absent", "The replica is not in the room.");
    try {
      this.#call.sendAppMessage(message, to);
    } catch (error) {
      if (this.#limit.learnFrom(error, JSON.stringify(message).length)) {
        this.#tell({ type: "limit", maxMessageLength: this.#limit.characters });
        throw new EchoError("message-too-long", `The room takes ${this.#limit.characters} characters.`, {
          cause: error,
        });
      }
      throw new EchoError(
        this.#joined || this.#left !== undefined ? "call-left" : "not-joined",
        `daily-js refused the message: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  subscribe(listener: (event: TransportEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#listen();
    else this.#tellWhatHolds(listener);
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#unlisten?.();
      this.#unlisten = undefined;
    };
  }

  attach(element: HTMLVideoElement): () => void {
    // Tracks do not leave Prebuilt's page [certain, 0.87.0 and 0.92.2].
    if (this.#call.iframe?.())
      throw new TypeError(
        "attach(): a call frame shows the replica by itself. For an element of yours make a call object.",
      );
    return showReplica(this.#call, element, (warning) => this.#tell({ type: "warning", ...warning }));
  }

  async observeLevel(listener: (level: number) => void): Promise<() => void> {
    const { observeLevel } = await import("./daily-level.js");
    return observeLevel(this.#call, () => replicaOf(this.#call)?.session_id, listener);
  }

  #listen(): void {
    const handlers: Record<string, (event: Record<string, unknown>) => void> = {
      "joining-meeting": () => this.#joining(),
      "joined-meeting": () => this.#join(),
      "left-meeting": () => this.#leave("left-meeting"),
      "call-instance-destroyed": () => this.#leave("destroyed"),
      error: ({ errorMsg }) => this.#leave(typeof errorMsg === "string" ? errorMsg : "error"),
      "participant-joined": () => this.#look(),
      "participant-updated": () => this.#look(),
      "participant-left": () => this.#look(),
      "network-connection": ({ type, event }) => {
        // The media's connections are not the messages' way: app messages go through signalling.
        if (type === "signaling" && (event === "interrupted" || event === "connected"))
          this.#tell({ type: "network", up: event === "connected" });
      },
      "app-message": ({ data, fromId }) => this.#receive(data, fromId),
    };
    for (const [event, handler] of Object.entries(handlers)) this.#call.on(event, handler);
    this.#unlisten = () => {
      for (const [event, handler] of Object.entries(handlers)) this.#call.off(event, handler);
    };
    this.#joined = false;
    this.#replica = false;
    this.#left = undefined;
    const state = this.#call.isDestroyed?.() ? "destroyed" : this.#call.meetingState();
    if (state === "joined-meeting") this.#join();
    else if (state === "left-meeting" || state === "error" || state === "destroyed") this.#leave(state);
  }

  #joining(): void {
    // An end that was told is over; if this join fails, that is told too.
    this.#left = undefined;
  }

  #join(): void {
    this.#limit.joined((maxMessageLength) => this.#tell({ type: "limit", maxMessageLength }));
    // A further joined-meeting of the same stay only brings a new limit.
    if (this.#joined) return;
    this.#joined = true;
    this.#left = undefined;
    this.#tell(this.#joinedEvent());
    this.#look();
  }

  #joinedEvent(): TransportEvent {
    const conversationId = roomName(this.#call.properties?.url);
    return conversationId === undefined ? { type: "joined" } : { type: "joined", conversationId };
  }

  #leave(reason: string): void {
    this.#joined = false;
    this.#replica = false;
    this.#limit.left();
    // destroy() leaves first, and left-meeting may follow an error: one end.
    if (this.#left !== undefined) return;
    this.#left = reason;
    this.#tell({ type: "left", reason });
  }

  /** Looks at who is there. */
  #look(): void {
    for (const { session_id, local } of Object.values(this.#call.participants() ?? {}))
      if (local !== true) this.#seen.add(session_id);
    if (!this.#joined) return;
    const present = replicaOf(this.#call) !== undefined;
    if (present !== this.#replica) {
      this.#replica = present;
      this.#tell({ type: "replica", present });
    }
    const microphone = this.#call.participants()?.local?.tracks?.audio?.state;
    const published = microphone === "playable" || microphone === "sendable" || microphone === "loading";
    if (published && !this.#warnedOfMicrophone)
      this.#tell({
        type: "warning",
        code: "microphone-published",
        message: "The call publishes its own microphone; in echo mode Tavus may then play that instead.",
        remedy: "Create the call with audioSource: false, or call setLocalAudio(false).",
      });
    this.#warnedOfMicrophone = published;
  }

  #receive(message: unknown, fromId: unknown): void {
    if (!this.#joined) return;
    const id = typeof fromId === "string" ? fromId : "";
    const visible = this.#participant(id) !== undefined;
    this.#tell({ type: "message", message, fromId: id, fromReplica: this.believes(id), visible });
  }

  /** A visible participant that is not the replica is never believed, now or later, and the local one neither. */
  believes(fromId: string): boolean {
    const sender = this.#participant(fromId);
    return sender ? isReplica(sender) : fromId !== "" && !this.#seen.has(fromId);
  }

  #participant(id: string): ParticipantLike | undefined {
    return Object.values(this.#call.participants() ?? {}).find(({ session_id }) => session_id === id);
  }

  #tellWhatHolds(listener: (event: TransportEvent) => void): void {
    if (this.#left !== undefined) listener({ type: "left", reason: this.#left });
    if (this.#joined) listener(this.#joinedEvent());
    if (this.#replica) listener({ type: "replica", present: true });
  }

  #tell(event: TransportEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}
