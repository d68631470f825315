/** Where the replica's own voice can be heard: the element that `replica.attach()` was given, or the track itself. */
export type ReplicaVoice = HTMLMediaElement | MediaStreamTrack;

/**
 * Hands `connect` a node that gives what the replica says, and another whenever the element shows another track, until
 * `over` aborts. Loaded only by who asks for it. The element and the track are borrowed. Throws TypeError for neither.
 */
export function followReference(
  reference: ReplicaVoice,
  context: AudioContext,
  connect: (node: AudioNode) => void,
  over: AbortSignal,
): void {
  const element = reference instanceof HTMLMediaElement ? reference : undefined;
  if (!element && (reference as MediaStreamTrack).kind !== "audio")
    throw new TypeError("reference must be the media element that shows the replica, or its audio track.");
  // Chrome's Web Audio is silent for a remote track that no element plays: see media-stream.ts.
  // Not shared with it: a bundler would make of that a file which every page with a microphone loads.
  const player = new Audio();
  player.muted = true;
  let track: MediaStreamTrack | undefined;
  let node: AudioNode | undefined;
  const follow = (): void => {
    const shown = element
      ? (element.srcObject as MediaStream | null)?.getAudioTracks()[0]
      : (reference as MediaStreamTrack);
    const now = over.aborted ? undefined : shown;
    if (now === track) return;
    track = now;
    node?.disconnect();
    const before = player.srcObject as MediaStream | null;
    // In Chromium a track that lives keeps every stream that it is in.
    for (const each of before?.getTracks() ?? []) before?.removeTrack(each);
    const mediaStream = now ? new MediaStream([now]) : undefined;
    player.srcObject = mediaStream ?? null;
    if (!mediaStream) return;
    // Having the stream attached is what counts where playing is refused.
    player.play().catch(() => undefined);
    node = new MediaStreamAudioSourceNode(context, { mediaStream });
    connect(node);
  };
  // A stream tells nobody when a script changes its tracks: the element is looked at while it plays.
  for (const type of ["playing", "timeupdate", "emptied"]) element?.addEventListener(type, follow, { signal: over });
  over.addEventListener("abort", follow);
  follow();
}
