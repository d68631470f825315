import { planEncoder } from "../encoder/plan.js";
import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import type { OpenRequest } from "../source/source.js";
import { isOffline, whenRunning } from "./context.js";
import { loadCapture } from "./module.js";
import { Tap } from "./tap.js";

/** Channels that the encoder mixes down by itself. */
const maxChannels = 8;

/**
 * Captures what `node` gives, in its own context at whatever rate, from now until the turn ends. `released` is called
 * when nothing is captured any more, also when opening fails, with what resolves when the node's context can be closed. The node is borrowed: only the connection made here is cut.
 */
export async function captureNode(
  node: AudioNode,
  request: OpenRequest,
  released: (left: Promise<void>) => void = () => undefined,
): Promise<ReadableStream<Int16Array>> {
  const { context } = node;
  let tap: Tap | undefined;
  const release = (): void => {
    released(tap?.close() ?? Promise.resolve());
  };
  try {
    const [wasm] = await Promise.all([
      abortable(loadCapture(context, request.audio), request.signal),
      whenRunning(context, request.signal),
    ]);
    tap = new Tap(context, {
      wasm,
      plan: planEncoder(context.sampleRate, request.sampleRate),
      chunkFrames: request.chunkFrames,
      started: true,
      ringFrames: 0,
      endFrame: isOffline(context) ? context.length : undefined,
      maxChannels,
    });
    const stream = tap.capture(request, release);
    tap.listen(node);
    // Offline, the processor may come to life only when rendering begins.
    if (!isOffline(context)) await abortable(tap.ready, request.signal);
    return stream;
  } catch (error) {
    release();
    throw error instanceof EchoError || request.signal.aborted
      ? error
      : new EchoError("worklet-failed", `The capture could not be set up: ${String(error)}`, { cause: error });
  }
}
