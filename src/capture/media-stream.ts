import { EchoError } from "../errors.js";
import type { OpenRequest } from "../source/source.js";
import { captureNode } from "./node.js";
import { connectStream } from "./stream-input.js";

/**
 * Captures the first audio track of a stream that somebody else owns: no track is stopped. `released` is called when
 * nothing is captured any more, also when opening fails.
 */
export async function captureStream(
  stream: MediaStream,
  request: OpenRequest,
  released: () => void = () => undefined,
): Promise<ReadableStream<Int16Array>> {
  let input: ReturnType<typeof connectStream>;
  const player = play(stream);
  try {
    input = connectStream(stream, request.audio);
  } catch (cause) {
    stop(player);
    released();
    throw cause instanceof EchoError
      ? cause
      : new EchoError("source-failed", `The stream cannot be captured: ${String(cause)}`, { cause });
  }
  const { lease, node } = input;
  return captureNode(node, request, () => {
    node.disconnect();
    stop(player);
    lease.release();
    released();
  });
}

/**
 * Chrome decodes a remote WebRTC track only for a media element, and its Web Audio is silent for one that none plays
 * (crbug.com/121673, open since 2012). A muted element is enough; for local tracks it changes nothing.
 */
function play(stream: MediaStream): HTMLAudioElement {
  const player = new Audio();
  player.muted = true;
  player.srcObject = stream;
  // Muted playback needs no gesture; where it is refused all the same, having the stream attached is what counts.
  player.play().catch(() => undefined);
  return player;
}

function stop(player: HTMLAudioElement): void {
  player.pause();
  player.srcObject = null;
}
