import { leaseContext } from "../capture/context.js";
import { inputOf, streamNode } from "../capture/stream-input.js";
import type { TapEvents } from "../capture/tap.js";
import { openMicrophone, stopTracks } from "../capture/user-media.js";
import type { Emitter } from "../emitter.js";
import { continueEncoder } from "../encoder/continue.js";
import { EchoError, messageOf } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import type { Warning } from "../warning.js";
import { either } from "./either.js";
import { closeLine, frameOf, type Line, type MicrophoneOptions, openLine } from "./microphone-line.js";
import type { AudioSetup } from "./source.js";

/** Longest wait for another device: a system that has just lost one may never answer. */
const switchSeconds = 5;

/** An open microphone, as far as it concerns its device. */
export interface Situation {
  /** What is open. */
  line: Line;
  /** What the microphone was opened with. */
  options: MicrophoneOptions;
  /** Likewise. */
  audio: AudioSetup | undefined;
  /** Of the microphone, for the next processor too. */
  events: Emitter<TapEvents>;
  /** Aborts when the microphone is being closed. */
  signal: AbortSignal;
  /** Listens to another line from now on. */
  use(line: Line): void;
  /** Warns whoever listens. */
  tell(warning: Warning): void;
}

/**
 * What is done when a device ends, is muted, or may no longer be the default: goes on with the default one, or tells.
 * Loaded when it happens. Rejects with `microphone-lost` when the device is gone and no other can be opened.
 */
export async function meetTrouble(event: string, situation: Situation): Promise<void> {
  const { line, tell, signal } = situation;
  const { track } = line;
  const name = nameOf(track);
  if (event === "mute")
    return tell({
      code: "microphone-muted",
      message: `${name} was muted by the system: silence is captured.`,
      remedy: "Unmute it in the system or on the device; the turn goes on by itself.",
    });
  const { context } = line.lease;
  let since = context.currentTime;
  const stays = event !== "ended" && (await isDefault(track));
  const ended = track.readyState === "ended";
  if (stays && !ended) return;
  if (!ended) since = Number.POSITIVE_INFINITY;
  const why = ended ? "was lost" : "is no longer the default";
  try {
    const { next, at } = await openDefault(situation);
    const gap = Math.max(0, at - since);
    tell({
      code: "microphone-switched",
      message: `${name} ${why}, and ${nameOf(next.track).replace("The", "the")} is used now: ${gap.toFixed(2)} s between them were not captured and are silent.`,
      remedy: "Do nothing, or open the microphone anew, with a deviceId, to use another.",
    });
  } catch (cause) {
    if (signal.aborted) return;
    if (track.readyState === "ended")
      throw new EchoError("microphone-lost", `${name} was lost, and no other can be opened.`, { cause });
    tell({
      code: "microphone-not-switched",
      message: `${name} ${why} but stays in use, because the default cannot be opened: ${messageOf(cause)}.`,
      remedy: "Open the microphone anew, with a deviceId, to use another.",
    });
  }
}

/**
 * Opens the default device and goes on with it; the device before is heard until then. `at`: until which second of the
 * context before.
 */
async function openDefault(situation: Situation): Promise<{ next: Line; at: number }> {
  const { line, options, audio, signal, use } = situation;
  const { deviceId: _, ...constraints } = options.constraints ?? {};
  const limit = either(signal, AbortSignal.timeout(switchSeconds * 1000));
  const stream = await abortable(openMicrophone({ constraints }), limit, stopTracks);
  try {
    const { context } = line.lease;
    const track = stream.getAudioTracks()[0] as MediaStreamTrack;
    const { sampleRate = context.sampleRate } = track.getSettings();
    const stay = (): { next: Line; at: number } => {
      line.tap.listen(streamNode(context, stream));
      stopTracks(line.stream);
      const next = { ...line, stream, track };
      use(next);
      return { next, at: context.currentTime };
    };
    const move = (): Promise<{ next: Line; at: number }> => handOver(situation, stream, sampleRate, limit);
    if (sampleRate === context.sampleRate) return stay();
    // The app's own context is the app's choice of rate; but Firefox may refuse to connect another rate to it.
    const [first, second] = audio?.context ? [stay, move] : [move, stay];
    try {
      return await first();
    } catch (error) {
      if (limit.aborted) throw error;
      return await second();
    }
  } catch (error) {
    stopTracks(stream);
    throw error;
  }
}

/** Goes on in a context at the new device's own rate: another processor continues the turn at the very sample. */
async function handOver(
  { line, options, audio, events, use }: Situation,
  stream: MediaStream,
  sampleRate: number,
  limit: AbortSignal,
): Promise<{ next: Line; at: number }> {
  const next = await openLine(stream, inputOf(stream, leaseContext(audio, sampleRate)), options, audio, events, limit);
  const { context } = line.lease;
  let at = context.currentTime;
  // More than once only when a turn begins in the middle of it.
  for (let leaving = line.tap.handOver(); leaving; leaving = line.tap.handOver()) {
    const left = await leaving;
    if (!left) continue;
    at = left.frame / context.sampleRate;
    try {
      const plan = continueEncoder(sampleRate, left.tail);
      // The next device is heard from the moment at which the one before ceased to be.
      const since = Math.max(0, context.currentTime - at);
      next.tap.adopt(left.capture, { plan, fromFrame: frameOf(next) - Math.round(since * sampleRate) });
    } catch (cause) {
      left.capture.fail(new EchoError("worklet-failed", "The turn could not go on at another rate.", { cause }));
    }
  }
  use(next);
  // What has been asked to end gets its last samples.
  void line.tap.drain().then(() => closeLine(line));
  return { next, at };
}

/**
 * Whether `track` is of the default microphone. Chromium lists that a second time under the id "default"; other browsers do not tell,
 * and there a device is followed only when it is lost.
 */
async function isDefault(track: MediaStreamTrack): Promise<boolean> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const group = devices.find(({ kind, deviceId }) => kind === "audioinput" && deviceId === "default")?.groupId;
  const { groupId } = track.getSettings();
  return !group || !groupId || group === groupId;
}

/** Some systems give their devices no label. */
function nameOf({ label }: MediaStreamTrack): string {
  return label ? `The microphone "${label}"` : "The microphone";
}
