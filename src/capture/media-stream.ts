import { EchoError } from "../errors.js";
import type { OpenRequest } from "../source/source.js";
import { captureNode } from "./node.js";
import { poll } from "./poll.js";
import { connectStream, type StreamInput, streamNode } from "./stream-input.js";

/** What a capture of a stream tells whoever owns the stream. */
export interface StreamCaptureHost {
  /** No audio track of the stream lives any more, or, given `error`, the next one cannot be captured. May be called again. */
  silent?(error?: EchoError): void;
  /** Nothing is captured any more, also when opening fails. */
  released?(): void;
  /** Aborts when no further track is to be taken. */
  follow?: AbortSignal;
  /** The stream is heard only while this element plays. */
  element?: HTMLMediaElement;
}

/** What is captured: a stream, or something that gives tracks as one does. */
export interface Captured {
  /** Those of now. */
  getAudioTracks(): readonly MediaStreamTrack[];
  /** Where new ones are told. */
  addEventListener?(type: "addtrack", listener: () => void, options: { signal: AbortSignal }): void;
}

/**
 * Captures the first live audio track of a stream that somebody else owns, and when it ends or leaves the stream, the next
 * one that lives. No track is stopped.
 */
export async function captureStream(
  stream: Captured,
  request: OpenRequest,
  { silent, released, follow, element }: StreamCaptureHost = {},
): Promise<ReadableStream<Int16Array>> {
  const over = new AbortController();
  const player = new Audio();
  player.muted = true;
  let input: StreamInput | undefined;
  let source: AudioNode | undefined;
  const release = (left: Promise<void>): void => {
    over.abort();
    source?.disconnect();
    stop(player);
    released?.();
    void left.then(input?.lease.release);
  };
  try {
    let track = liveTrack(stream);
    if (!track)
      throw new EchoError(
        "no-audio",
        stream.getAudioTracks()[0] ? "Every audio track of the stream has ended." : "The stream has no audio track.",
      );
    input = connectStream(play(player, track), request.audio);
    source = input.node;
    const { context } = input.lease;
    // What is captured stays, whichever track feeds it.
    const junction = new GainNode(context);
    source.connect(junction);
    const gate = (): void => {
      junction.gain.value = element?.paused ? 0 : 1;
    };
    for (const type of ["play", "pause"]) element?.addEventListener(type, gate, { signal: over.signal });
    gate();
    const look = (): void => {
      const next = liveTrack(stream, track);
      if (!next) silent?.();
      if (!next || next === track || follow?.aborted) return;
      track = next;
      source?.disconnect();
      try {
        source = streamNode(context, play(player, next));
        source.connect(junction);
      } catch (cause) {
        silent?.(failure(cause));
      }
    };
    stream.addEventListener?.("addtrack", look, { signal: over.signal });
    // Neither a stop() nor a change of the stream by a script is an event.
    poll(look, over.signal);
    return await captureNode(junction, request, release);
  } catch (cause) {
    if (!over.signal.aborted) release(Promise.resolve());
    throw cause instanceof EchoError || request.signal.aborted ? cause : failure(cause);
  }
}

const failure = (cause: unknown): EchoError =>
  new EchoError("source-failed", `The stream cannot be captured: ${String(cause)}`, { cause });

/** `current` as long as it lives and nothing has taken its place in `stream`; else the first that lives there. */
export function liveTrack(stream: Captured, current?: MediaStreamTrack): MediaStreamTrack | undefined {
  const lives = ({ readyState }: MediaStreamTrack): boolean => readyState === "live";
  const tracks = stream.getAudioTracks().filter(lives);
  return current && (tracks.includes(current) || (tracks.length === 0 && lives(current))) ? current : tracks[0];
}

/** Why `track` gives silence, as far as it tells. */
export function whySilent(track: MediaStreamTrack | undefined): string | undefined {
  if (track?.enabled === false) return "Its track is disabled: set track.enabled to true.";
  return track?.muted ? "Its track is muted by the system, or its sender sends nothing." : undefined;
}

/**
 * Chrome decodes a remote WebRTC track only for a media element, and its Web Audio is silent for one that none plays
 * (crbug.com/121673, open since 2012). A muted element is enough; for local tracks it changes nothing.
 */
function play(player: HTMLAudioElement, track: MediaStreamTrack): MediaStream {
  stop(player);
  const stream = new MediaStream([track]);
  player.srcObject = stream;
  // Muted playback needs no gesture; where it is refused all the same, having the stream attached is what counts.
  player.play().catch(() => undefined);
  return stream;
}

/** Without its track first: in Chromium a track that lives keeps every stream that it is in. */
function stop(player: HTMLAudioElement): void {
  const stream = player.srcObject as MediaStream | null;
  for (const track of stream?.getTracks() ?? []) stream?.removeTrack(track);
  player.srcObject = null;
}
