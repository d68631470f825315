import { type CallProperties, newcomerOf, publishes } from "../call/call-properties.js";
import { type RoomHandle, roomAt } from "../registry.js";
import type { Presence, RoomEvent, Seat } from "../room/seat.js";
import { dailyEventOf } from "./daily-event.js";
import { participantOf, type Sending } from "./participant.js";

/** What daily-js and its call machine say to each other, by `window.postMessage`. */
interface CallMessage {
  what: "iframe-call-message";
  from: "module" | "embedded";
  callClientId: string;
  action?: string;
  callbackStamp?: string;
  [field: string]: unknown;
}

/** A track in the store, where daily-js looks for it when a participant is said to be playable. */
interface Stream {
  participantId: string;
  type: "cam";
  pendingTrack: MediaStreamTrack;
  starttime: Date;
}

interface DailyGlobal {
  pendings: string[];
  instances: Record<string, { callMachine?: CallMachine } | undefined>;
}

/** daily-js' own global; undefined when no call object was ever made. */
const daily = (): DailyGlobal | undefined => (globalThis as { _daily?: DailyGlobal })._daily;

/** Gives every call object that waits for its bundle a machine. The bundle runs once per load: idempotent. */
export function takePendings(): void {
  const client = daily();
  for (let id = client?.pendings.shift(); client && id !== undefined; id = client.pendings.shift()) {
    const instance = client.instances[id];
    if (instance && !instance.callMachine) instance.callMachine = new CallMachine(id);
  }
}

/**
 * What the real `@daily-co/daily-js` drives in place of Daily's call machine: it joins a fake room and passes messages.
 * [certain] for 0.87.0 and 0.92.2, whose builds it was written against.
 */
export class CallMachine {
  readonly #id: string;
  readonly #state = {
    local: { public: { customTracks: {} }, streams: {} as Record<string, { stream: MediaStream }> },
    participants: {},
    streams: {} as Record<string, Stream>,
  };
  #handle: RoomHandle | undefined;
  #seat: Seat | undefined;
  #sending: Sending = { audio: false, video: false };
  #stopLevels: () => void = () => {};

  /** Where daily-js looks up tracks. */
  readonly store = { getState: (): object => this.#state };

  /** `id` is the call object's `callClientId`. */
  constructor(id: string) {
    this.#id = id;
    window.addEventListener("message", this.#onMessage);
    this.reset();
  }

  /** daily-js calls it when a call object that has its bundle already joins again. */
  reset(): void {
    this.#dropStreams("");
    this.#post("call-machine-initialized");
    this.#post("loaded");
  }

  /** Only what daily-js of this very call object says. */
  readonly #onMessage = ({ data, source }: MessageEvent<CallMessage | undefined>): void => {
    if (source !== window || data?.what !== "iframe-call-message" || data.from !== "module") return;
    if (data.callClientId !== this.#id) return;
    // destroy() leaves and then forgets the instance.
    if (daily()?.instances[this.#id]?.callMachine !== this) {
      window.removeEventListener("message", this.#onMessage);
      this.#seat?.leave();
      return;
    }
    this.#take(data);
  };

  #take(message: CallMessage): void {
    switch (message.action) {
      case "join-meeting":
        this.#join(message);
        break;
      case "leave-meeting":
        if (this.#seat) this.#seat.leave();
        else this.#post("left-meeting");
        break;
      case "app-msg":
        // daily-js has checked that the meeting is joined; it may have ended while the message was on its way.
        if (this.#seat?.state === "joined") this.#seat.send(message.data, message.to);
        break;
      case "lib-room-info":
        this.#answer(message, this.#handle?.room.info ?? { name: "", config: {}, domainConfig: {} });
        break;
      // daily-js asks for 100 ms or more; without an interval it leaves it to the machine: 200 ms [certain, docs.daily.co].
      case "start-remote-participants-audio-level-observer":
        this.#stopLevels();
        if (this.#seat && this.#handle?.room.faults.audioLevels) {
          this.#observeLevels(this.#seat, Number(message.interval ?? 200));
          this.#answer(message, {});
        } else this.#answer(message, { error: { msg: "The observer was refused." } });
        break;
      case "stop-remote-participants-audio-level-observer":
        this.#stopLevels();
        break;
      case "local-audio":
        this.#send({ ...this.#sending, audio: Boolean(message.state) });
        break;
      case "local-video":
        this.#send({ ...this.#sending, video: Boolean(message.state) });
        break;
      default:
        this.#answer(message, {});
    }
  }

  /** Levels of the others alone, under their session ids. */
  #observeLevels(seat: Seat, milliseconds: number): void {
    const stop = this.#handle?.room.observeLevels(milliseconds / 1000, (levels) => {
      const { [seat.presence.sessionId]: _, ...participantsAudioLevel } = levels;
      this.#post("remote-participants-audio-level", { participantsAudioLevel });
    });
    this.#stopLevels = () => stop?.();
  }

  #join(message: CallMessage): void {
    // daily-js has checked them.
    const properties = (message.properties ?? {}) as CallProperties;
    const { url = "" } = properties;
    this.#handle = roomAt(url);
    if (!this.#handle) {
      const msg = `No fake room in this page has the URL ${url}`;
      this.#answer(message, { error: { type: "no-room", errorMsg: msg, msg } });
      return;
    }
    this.#sending = publishes(properties);
    const seat = this.#handle.room.join(newcomerOf(properties), (event, seat) => this.#tell(event, seat));
    if (seat.state !== "out") this.#seat = seat;
  }

  #tell(event: RoomEvent, seat: Seat): void {
    switch (event.type) {
      case "joined": {
        const local = participantOf(seat.presence, true, this.#sending);
        this.#post("access-state-updated", { access: { level: "full" } });
        this.#post("joined-meeting", {
          participants: { local },
          internal: { _maxAppMessageSize: event.maxMessageLength },
        });
        for (const other of event.others) this.#show(other);
        break;
      }
      case "limit":
        this.#post("joined-meeting", {
          participants: { local: participantOf(seat.presence, true, this.#sending) },
          internal: { _maxAppMessageSize: event.maxMessageLength },
        });
        break;
      case "participant":
        if (event.change === "joined") this.#show(event.presence);
        else this.#hide(event.presence);
        break;
      case "left":
        this.#seat = undefined;
        this.#stopLevels();
        this.#dropStreams("");
        // daily-js rejects a join that is under way by an error too.
        break;
      default:
        break;
    }
    const told = dailyEventOf(event);
    if (told) this.#post(told.action, told.fields);
  }

  #show(presence: Presence): void {
    const audioOnly = this.#handle?.room.audioOnly ?? false;
    const sending = { audio: presence.replica, video: presence.replica && !audioOnly };
    if (presence.replica && this.#handle) {
      const { audio, video } = this.#handle.media();
      for (const track of audioOnly ? [audio] : [audio, video])
        this.#state.streams[`${presence.sessionId}-${track.kind}`] = {
          participantId: presence.sessionId,
          type: "cam",
          // A clone, so that an app that stops it stops no one else's.
          pendingTrack: track.clone(),
          starttime: new Date(),
        };
    }
    this.#post("participant-joined", { participant: participantOf(presence, false, sending) });
  }

  #hide(presence: Presence): void {
    this.#dropStreams(presence.sessionId);
    const participant = participantOf(presence, false, { audio: false, video: false });
    this.#post("participant-left", { participant });
  }

  /** Those of one participant; "" means all. */
  #dropStreams(sessionId: string): void {
    for (const [key, { participantId, pendingTrack }] of Object.entries(this.#state.streams)) {
      if (sessionId !== "" && participantId !== sessionId) continue;
      pendingTrack.stop();
      delete this.#state.streams[key];
    }
  }

  #send(sending: Sending): void {
    this.#sending = sending;
    if (this.#seat?.state !== "joined") return;
    this.#post("participant-updated", { participant: participantOf(this.#seat.presence, true, sending) });
  }

  #answer({ callbackStamp, action }: CallMessage, fields: object): void {
    if (callbackStamp) this.#post(action ?? "", { callbackStamp, ...fields });
  }

  #post(action: string, fields: object = {}): void {
    const message: CallMessage = {
      ...fields,
      what: "iframe-call-message",
      from: "embedded",
      callClientId: this.#id,
      action,
    };
    window.postMessage(message, window.location.origin === "null" ? "*" : window.location.origin);
  }
}
