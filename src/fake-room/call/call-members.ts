import { participantOf, type Sending } from "../machine/participant.js";
import type { Presence } from "../room/seat.js";
import { type SilentTrack, silentTrack } from "./track.js";

/** A participant as daily-js shapes it. */
export type Participant = Record<string, unknown>;

/** Who is in the call, as `participants()` shows it, and the events that tell of it. */
export class CallMembers {
  /** The same object until the call is over, as in daily-js [certain]. */
  #participants: Record<string, Participant> = {};
  readonly #emit: (action: string, fields: object) => void;

  constructor(emit: (action: string, fields: object) => void) {
    this.#emit = emit;
  }

  /** `local`, and the others by their session ids. */
  get participants(): Record<string, Participant> {
    return this.#participants;
  }

  /** The own participant came or changed; without an event. */
  setLocal(presence: Presence, sending: Sending): Participant {
    const local = shape(presence, true, sending);
    this.#participants.local = local;
    return local;
  }

  /** Somebody else came. */
  show(presence: Presence, sending: Sending): void {
    const participant = shape(presence, false, sending);
    for (const track of tracksOf(participant)) this.#emit("track-started", { participant, track, type: track.kind });
    this.#participants[presence.sessionId] = participant;
    this.#emit("participant-joined", { participant });
  }

  /** Somebody else went. */
  hide(presence: Presence): void {
    const gone = this.#participants[presence.sessionId];
    delete this.#participants[presence.sessionId];
    for (const track of gone ? tracksOf(gone) : []) {
      track.stop();
      this.#emit("track-stopped", { participant: null, track, type: track.kind });
    }
    this.#emit("participant-left", { participant: shape(presence, false, { audio: false, video: false }) });
  }

  /** The call is over. */
  clear(): void {
    this.#participants = {};
  }
}

/** A participant as the call machine describes it, with the tracks that daily-js adds. */
function shape(presence: Presence, local: boolean, sending: Sending): Participant {
  const participant = participantOf(presence, local, sending);
  const tracks = participant.tracks as Record<string, object>;
  for (const kind of ["audio", "video"] as const) {
    if (!sending[kind]) continue;
    const track = silentTrack(kind, `${presence.sessionId}-${kind}`);
    Object.assign(tracks[kind] ?? {}, { track, persistentTrack: track });
  }
  return participant;
}

/** The tracks that a participant sends. */
function tracksOf(participant: Participant): SilentTrack[] {
  const { audio, video } = participant.tracks as Record<string, { persistentTrack?: SilentTrack } | undefined>;
  return [audio?.persistentTrack, video?.persistentTrack].filter((track) => track !== undefined);
}
