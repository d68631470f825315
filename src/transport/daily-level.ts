import type { CallLike } from "./daily-call.js";

/** daily-js takes no less [certain, 0.87.0 and 0.92.2]. */
const intervalMilliseconds = 100;

/**
 * Calls `listener` with the replica's audio level (`replica` gives its session id), 0 to 1, ten times a second; resolves with the undo. It is daily-js' own
 * observer: one that the app runs already is listened to, at the app's interval, and goes on after the undo. Rejects where
 * the client has none, or refuses.
 */
export async function observeLevel(
  call: CallLike,
  replica: () => string | undefined,
  listener: (level: number) => void,
): Promise<() => void> {
  if (!call.startRemoteParticipantsAudioLevelObserver) throw new Error("This call has no observer of audio levels.");
  const hear = ({ participantsAudioLevel: levels }: { participantsAudioLevel?: Record<string, unknown> }): void => {
    const level = levels?.[replica() ?? ""];
    if (typeof level === "number") listener(level);
  };
  const apps = call.isRemoteParticipantsAudioLevelObserverRunning?.();
  call.on("remote-participants-audio-level", hear);
  try {
    if (!apps) await call.startRemoteParticipantsAudioLevelObserver(intervalMilliseconds);
  } catch (error) {
    call.off("remote-participants-audio-level", hear);
    throw error instanceof Error ? error : new Error(JSON.stringify(error));
  }
  return () => {
    call.off("remote-participants-audio-level", hear);
    if (!apps && !call.isDestroyed?.()) call.stopRemoteParticipantsAudioLevelObserver?.();
  };
}
