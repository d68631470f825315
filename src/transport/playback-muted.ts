import type { Warning } from "../warning.js";
import type { CallLike } from "./daily-call.js";

/** Seconds of the replica's speech that an element may be silent, if the speech does not end before, and the least that counts. */
const judged = { mostSeconds: 5, leastSeconds: 0.5 };
/** Milliseconds between two looks at an element while the replica speaks. */
const lookMilliseconds = 100;

/** Reads an inbound message. */
export type Parse = (message: unknown) => { type: string } | undefined;

/** What decides whether an element that shows the replica should have been heard. */
export interface Sounding {
  /** Of the element. */
  muted: boolean;
  /** Likewise, 0 to 1. */
  volume: number;
  /** The page's user, or the app for them, has muted it since it was attached. */
  chosen: boolean;
  /** Another element of the page plays sound of a stream: the app may let that one be heard. */
  elsewhere: boolean;
}

/** Why nothing is heard of an element that plays, where nobody has chosen that. */
export function whySilent({ muted, volume, chosen, elsewhere }: Sounding): "muted" | "volume" | undefined {
  if (chosen || elsewhere) return undefined;
  return muted ? "muted" : volume === 0 ? "volume" : undefined;
}

/**
 * Warns once, `playback-muted`, when `element` plays while the replica speaks and never is audible, unless that was chosen:
 * an element that is muted when it is attached is taken for one that nobody has unmuted after a muted start, and so is one that a script has muted
 * before the user did anything on the page. Returns the undo.
 */
export function watchPlayback(
  call: CallLike,
  element: HTMLMediaElement,
  warn: (warning: Warning) => void,
  parse: Parse,
): () => void {
  let { muted } = element;
  let chosen = false;
  let seconds = 0;
  let timer: ReturnType<typeof setInterval> | undefined;
  const over = new AbortController();

  element.addEventListener(
    "volumechange",
    () => {
      if (element.muted !== muted) chosen = element.muted && navigator.userActivation?.hasBeenActive !== false;
      muted = element.muted;
    },
    { signal: over.signal },
  );
  const judge = (): void => {
    const why = whySilent({ muted: element.muted, volume: element.volume, chosen, elsewhere: heardElsewhere(element) });
    if (!why || seconds < judged.leastSeconds || over.signal.aborted) return;
    stop();
    warn({
      code: "playback-muted",
      message: `The replica spoke for ${seconds.toFixed(1)} s, and the element that attach() was given was ${why === "muted" ? "muted" : "at volume 0"}.`,
      remedy:
        why === "muted"
          ? "Take the attribute muted away, or set element.muted = false in a click."
          : "Set element.volume above 0.",
    });
  };
  const look = (): void => {
    // Paused by somebody, refused (which is told), or without sound that could be heard: says nothing.
    if (element.paused || !hasSound(element)) return;
    if (!element.muted && element.volume > 0) stop();
    seconds += lookMilliseconds / 1000;
    if (seconds > judged.mostSeconds) judge();
  };
  const hear = ({ data }: { data?: unknown }): void => {
    const type = parse(data)?.type;
    if (type === "started") timer ??= setInterval(look, lookMilliseconds);
    if (type !== "stopped") return;
    clearInterval(timer);
    timer = undefined;
    judge();
  };
  const stop = (): void => {
    over.abort();
    clearInterval(timer);
    call.off("app-message", hear);
  };
  call.on("app-message", hear);
  return stop;
}

const hasSound = ({ srcObject }: HTMLMediaElement): boolean =>
  srcObject !== null &&
  "getAudioTracks" in srcObject &&
  srcObject.getAudioTracks().some(({ readyState }) => readyState === "live");

const heardElsewhere = (element: HTMLMediaElement): boolean =>
  [...document.querySelectorAll<HTMLMediaElement>("audio, video")].some(
    (other) => other !== element && !other.muted && !other.paused && other.volume > 0 && hasSound(other),
  );
