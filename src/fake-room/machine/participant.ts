import type { Presence } from "../room/seat.js";

/** Which of its tracks a participant sends. */
export interface Sending {
  audio: boolean;
  video: boolean;
}

/**
 * A participant in the shape that daily-js takes from its call machine: `tracks` is required, and of them `audio`,
 * `video`, `screenAudio`, `screenVideo` [certain: 0.87.0, 0.92.2]. The tracks themselves come from the machine's store.
 */
export function participantOf(presence: Presence, local: boolean, sending: Sending): Record<string, unknown> {
  const track = (on: boolean): object =>
    on ? { subscribed: true, state: "playable" } : { subscribed: true, state: "off", off: { byUser: true } };
  return {
    session_id: presence.sessionId,
    user_id: presence.userId,
    user_name: presence.userName,
    local,
    owner: false,
    audio: sending.audio,
    video: sending.video,
    screen: false,
    joined_at: new Date(),
    will_eject_at: new Date(0),
    permissions: { hasPresence: true, canSend: true, canReceive: { base: true }, canAdmin: false },
    tracks: {
      audio: track(sending.audio),
      video: track(sending.video),
      screenAudio: track(false),
      screenVideo: track(false),
    },
  };
}
