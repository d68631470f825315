import { dailyEventOf } from "../machine/daily-event.js";
import type { Sending } from "../machine/participant.js";
import { roomAt } from "../registry.js";
import type { Room } from "../room/room.js";
import type { Presence, RoomEvent, Seat } from "../room/seat.js";
import { CallEvents } from "./call-events.js";
import { CallMembers, type Participant } from "./call-members.js";
import { type CallProperties, type MeetingState, newcomerOf, publishes } from "./call-properties.js";
import { LevelObserver } from "./level-observer.js";

/** Characters that a message may have before a room says otherwise, and after it was left [certain]. */
const defaultLimit = 4096;

/**
 * A Daily call object without Daily and without a browser, for code that takes a `DailyCall`: what the real client of version
 * 0.92 does with a fake room, its states, events, refusals and limits, by the same tests [certain]. It has no media: its tracks are
 * there and silent. Methods that it lacks are missing, so that a test that needs one fails there.
 */
export class FakeCall extends CallEvents {
  /** Tells calls apart. */
  readonly callClientId: string;
  #properties: CallProperties;
  #state: MeetingState = "new";
  readonly #members = new CallMembers((action, fields) => this.#emit(action, fields));
  #limit = defaultLimit;
  #room: Room | undefined;
  #seat: Seat | undefined;
  #sending: Sending = { audio: false, video: false };
  #destroyed = false;
  #joining: { resolve(participants: unknown): void; reject(error: unknown): void } | undefined;
  #leaving: (() => void)[] = [];
  readonly #levels = new LevelObserver((participantsAudioLevel) =>
    this.#emit("remote-participants-audio-level", { participantsAudioLevel }),
  );

  constructor(callClientId: string, properties: CallProperties) {
    super();
    this.callClientId = callClientId;
    this.#properties = properties;
  }

  /** See daily-js. */
  meetingState(): MeetingState {
    return this.#state;
  }

  /** Whether `destroy()` is over. */
  isDestroyed(): boolean {
    return this.#destroyed;
  }

  /** Everybody in the call: `local`, and the others by their session ids; nobody when it is not joined. */
  participants(): Record<string, Participant> {
    return this.#members.participants;
  }

  /** Joins the fake room of this URL. Rejects in daily-js' shapes: an Error without a URL, `{ action: "error", errorMsg, error }` when refused. */
  async join(properties: CallProperties = {}): Promise<unknown> {
    if (properties.url === undefined && this.#properties.url === undefined)
      throw new Error("No room URL has been provided");
    if (this.#state === "joining-meeting" || this.#state === "joined-meeting" || this.#state === "loading") {
      this.#properties = { ...this.#properties, ...properties };
      // The real one warns on the console.
      return undefined;
    }
    this.#state = "loading";
    this.#emit("loading");
    await Promise.resolve();
    this.#properties = { ...this.#properties, ...properties };
    return new Promise((resolve, reject) => {
      // Left or destroyed meanwhile: a join of the real client stays pending then, too.
      if (this.#state !== "loading") return;
      this.#joining = { resolve, reject };
      this.#state = "joining-meeting";
      this.#emit("joining-meeting");
      queueMicrotask(() => this.#enter());
    });
  }

  /** Leaves. Resolves at once where there is nothing to leave. */
  leave(): Promise<void> {
    if (this.#state === "left-meeting" || this.#state === "error") return Promise.resolve();
    if (!this.#seat) {
      this.#reset("left-meeting");
      this.#emit("left-meeting");
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#leaving.push(resolve);
      this.#seat?.leave();
    });
  }

  /** Leaves, and is of no more use. */
  async destroy(): Promise<void> {
    await this.leave();
    this.#reset(this.#state);
    this.#destroyed = true;
    this.#emit("call-instance-destroyed");
  }

  /**
   * Sends to `"*"`, a session id, or an array of them.
   *
   * @throws Error, with daily-js' own words, unless the meeting is joined, and for a message whose JSON is longer than the limit.
   */
  sendAppMessage(data: unknown, to: unknown = "*"): this {
    if (this.#state !== "joined-meeting") throw new Error("sendAppMessage() only supported after join.");
    if (JSON.stringify(data).length > this.#limit)
      throw new Error(`Message data too large. Max size is ${this.#limit}`);
    if (this.#seat?.state === "joined") this.#seat.send(data, to);
    return this;
  }

  /** What is known of the room: its URL before the join, its name and the hint at its limit in it. */
  async room(): Promise<unknown> {
    const { url } = this.#properties;
    if (this.#state !== "joined-meeting") return url === undefined ? null : { roomUrlPendingJoin: url };
    return this.#room?.info;
  }

  /** Whether the own microphone is on; null when the call is not joined. */
  localAudio(): boolean | null {
    return this.#state === "joined-meeting" ? this.#sending.audio : null;
  }

  /** Whether the own camera is on; null when the call is not joined. */
  localVideo(): boolean | null {
    return this.#state === "joined-meeting" ? this.#sending.video : null;
  }

  /** Switches the own microphone; its `participant-updated` follows. */
  setLocalAudio(on: boolean): this {
    return this.#send({ ...this.#sending, audio: on });
  }

  /** Switches the own camera. */
  setLocalVideo(on: boolean): this {
    return this.#send({ ...this.#sending, video: on });
  }

  /** Reports the others' levels every `milliseconds` (default 200) as `remote-participants-audio-level`. Rejects where the fault `audioLevels` refuses it. */
  startRemoteParticipantsAudioLevelObserver(milliseconds = 200): Promise<void> {
    const room = this.#seat && this.#room;
    return this.#levels.start(room, this.#seat?.presence.sessionId, milliseconds / 1000);
  }

  /** Ends the observer. */
  stopRemoteParticipantsAudioLevelObserver(): void {
    this.#levels.stop();
  }

  /** Whether levels are reported. */
  isRemoteParticipantsAudioLevelObserverRunning(): boolean {
    return this.#levels.running;
  }

  /** The last levels, from 0 to 1, by session id. */
  getRemoteParticipantsAudioLevel(): Record<string, number> {
    return this.#levels.levels;
  }

  #enter(): void {
    if (this.#state !== "joining-meeting") return;
    this.#emit("loaded");
    const { url = "" } = this.#properties;
    this.#room = roomAt(url)?.room;
    if (!this.#room) {
      const msg = `No fake room in this page has the URL ${url}`;
      this.#state = "left-meeting";
      this.#settleJoin(undefined, { type: "no-room", errorMsg: msg, msg });
      return;
    }
    this.#sending = publishes(this.#properties);
    // The real client hears of everything in a later task.
    const later = (event: RoomEvent, seat: Seat): void => queueMicrotask(() => this.#take(event, seat));
    this.#seat = this.#room.join(newcomerOf(this.#properties), later);
  }

  #take(event: RoomEvent, seat: Seat): void {
    // What still comes from a seat that was left before is not news.
    if (seat !== this.#seat) return;
    switch (event.type) {
      case "joined":
        this.#limit = event.maxMessageLength;
        this.#emit("access-state-updated", { access: { level: "full" } });
        this.#state = "joined-meeting";
        this.#settleJoin(this.#tellJoined(seat), undefined);
        for (const other of event.others) this.#show(other);
        break;
      case "limit":
        this.#limit = event.maxMessageLength;
        this.#tellJoined(seat);
        break;
      case "participant":
        if (event.change === "joined") this.#show(event.presence);
        else this.#members.hide(event.presence);
        break;
      case "left":
        this.#seat = undefined;
        this.#reset(event.error ? "error" : "left-meeting");
        for (const resolve of this.#leaving.splice(0)) resolve();
        break;
      default:
        break;
    }
    const told = dailyEventOf(event);
    if (told?.action === "error") this.#settleJoin(undefined, { action: "error", ...told.fields });
    if (told) this.#emit(told.action, told.fields);
  }

  #tellJoined({ presence }: Seat): object {
    const participants = { local: this.#members.setLocal(presence, this.#sending) };
    this.#emit("joined-meeting", { participants });
    return participants;
  }

  #show(presence: Presence): void {
    const video = presence.replica && this.#room?.audioOnly !== true;
    this.#members.show(presence, { audio: presence.replica, video });
  }

  #send(sending: Sending): this {
    this.#sending = sending;
    const seat = this.#seat;
    queueMicrotask(() => {
      if (seat?.state !== "joined" || this.#seat !== seat) return;
      this.#emit("participant-updated", { participant: this.#members.setLocal(seat.presence, sending) });
    });
    return this;
  }

  #settleJoin(participants: unknown, error: unknown): void {
    const joining = this.#joining;
    this.#joining = undefined;
    if (error === undefined) joining?.resolve(participants);
    else joining?.reject(error);
  }

  #reset(state: MeetingState): void {
    this.#state = state;
    this.#members.clear();
    this.#limit = defaultLimit;
    this.#levels.stop();
  }

  #emit(action: string, fields: object = {}): void {
    this.emit({ ...fields, action, callClientId: this.callClientId });
  }
}
