import type { Warning } from "../warning.js";
import type { CallLike, ParticipantLike } from "./daily-call.js";
import { type Parse, watchPlayback } from "./playback-muted.js";

/**
 * Shows the video and audio of the participant that `replica` gives in `element`, and starts playing, until `over` aborts,
 * which leaves the element without a stream. Tracks are borrowed: none is ever stopped.
 */
export function viewReplica(
  call: CallLike,
  replica: () => ParticipantLike | undefined,
  element: HTMLVideoElement,
  warn: (warning: Warning) => void,
  parse: Parse,
  over: AbortSignal,
): void {
  if (over.aborted) return;
  const stream = new MediaStream();
  // Not before there is a track: an element that waits for its first picture holds up the page's load event.
  let shown = false;
  element.srcObject = null;
  element.playsInline = true;

  const play = (): void => {
    element.play().catch((error: unknown) => {
      // Taking tracks away interrupts play(); that is no refusal.
      if (!(error instanceof DOMException && error.name === "NotAllowedError")) return;
      warn({
        code: "playback-blocked",
        message: "The browser refused to play the replica's sound and picture without a gesture of the user.",
        remedy: "Call element.play() in a click, or replica.attach() after one.",
      });
    });
  };
  const follow = (): void => {
    const tracks = replica()?.tracks;
    const wanted = [tracks?.video, tracks?.audio].flatMap((state) => {
      const track = state?.persistentTrack ?? state?.track;
      return track && state?.state !== "off" && state?.state !== "blocked" ? [track] : [];
    });
    const present = stream.getTracks();
    for (const track of present) if (!wanted.includes(track)) stream.removeTrack(track);
    const added = wanted.filter((track) => !present.includes(track));
    for (const track of added) stream.addTrack(track);
    if (added.length === 0) return;
    if (!shown) element.srcObject = stream;
    shown = true;
    play();
  };

  const events = [
    "joined-meeting",
    "participant-joined",
    "participant-updated",
    "participant-left",
    "track-started",
    "track-stopped",
    "left-meeting",
  ];
  for (const event of events) call.on(event, follow);
  const unwatch = watchPlayback(call, element, warn, parse);
  follow();
  over.addEventListener("abort", () => {
    unwatch();
    for (const event of events) call.off(event, follow);
    if (element.srcObject === stream) element.srcObject = null;
  });
}
