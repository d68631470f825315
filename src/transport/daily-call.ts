/**
 * What is used of daily-js, as a structural type: any DailyCall fits, and nothing of daily-js is loaded. Facts were
 * read in the npm builds of `@daily-co/daily-js` 0.87.0 and 0.92.2.
 */
export interface CallLike {
  /** "joined-meeting" is the only state in which messages can be sent. */
  meetingState(): string;
  /** The local participant under "local", the others under their session ids. */
  participants(): Record<string, ParticipantLike>;
  /** Synchronous; throws when not joined and when the message is too long. Never throws for an interrupted network. */
  sendAppMessage(message: object, to?: string | string[]): unknown;
  /** What the server says about the room; carries a hint at the limit. */
  room?(): Promise<unknown>;
  /** The frame of a call that `Daily.createFrame()` made; null for a call object. */
  iframe?(): object | null;
  /** `url` is where the call was joined. */
  properties?: { url?: string | undefined } | undefined;
  /** Starts daily-js' observer, every `interval` milliseconds, 100 or more; rejects with `{ error }` of the call machine. */
  startRemoteParticipantsAudioLevelObserver?(interval: number): Promise<void>;
  isRemoteParticipantsAudioLevelObserverRunning?(): boolean;
  stopRemoteParticipantsAudioLevelObserver?(): void;
  /** True after `destroy()`. */
  isDestroyed?(): boolean;
  on(event: string, listener: (event: never) => void): unknown;
  off(event: string, listener: (event: never) => void): unknown;
}

/** A participant, as far as it matters here. */
export interface ParticipantLike {
  session_id: string;
  user_id?: string | undefined;
  local?: boolean | undefined;
  tracks?: Record<string, TrackLike | undefined> | undefined;
}

/** A track's state. `persistentTrack` stays the same over interruptions; `track` is there while it is playable. */
export interface TrackLike {
  state?: string | undefined;
  track?: MediaStreamTrack | undefined;
  persistentTrack?: MediaStreamTrack | undefined;
}

/** The replica is the participant whose `user_id` contains this [certain]. */
const replicaMark = "tavus-replica";

/** Whether the participant is Tavus' replica. */
export const isReplica = (participant: ParticipantLike): boolean =>
  participant.local !== true && typeof participant.user_id === "string" && participant.user_id.includes(replicaMark);

/** The replica, if it is in the room. */
export const replicaOf = (call: CallLike): ParticipantLike | undefined =>
  Object.values(call.participants() ?? {}).find(isReplica);

/** The room's name in a call's URL, which is the conversation's id [likely]. */
export function roomName(url: unknown): string | undefined {
  if (typeof url !== "string") return undefined;
  try {
    const name = new URL(url).pathname.split("/").filter(Boolean).at(-1);
    return name === undefined ? undefined : decodeURIComponent(name);
  } catch {
    // No URL (a test's, or a room that is pending): the id is learnt from the first event.
    return undefined;
  }
}
