import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import { claim, isStream, type PcmInput, type Section, sectionOf } from "./piece.js";

/**
 * The sections of an input, one after another, each asked for only when it is wanted. `stop` ends it: what waits is let
 * go, streams are cancelled, iterators returned, and a function's signal aborts.
 */
export async function* readInput(input: PcmInput, stop: AbortSignal): AsyncGenerator<Section> {
  const given = typeof input === "function" ? input(stop) : input;
  if (isAsyncIterable(given) && !isStream(given)) {
    const iterator = given[Symbol.asyncIterator]();
    // An iterator that is its own iterable is a generator: it cannot begin anew.
    if ((iterator as unknown) === given) claim(given);
    try {
      for (;;) {
        const next = await abortable(Promise.resolve(iterator.next()), stop);
        if (next.done) return;
        yield await sectionOf(await abortable(Promise.resolve(next.value), stop));
      }
    } finally {
      // A generator that waits for something answers only when that is over: nobody waits for it here.
      Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }
  yield await sectionOf(await abortable(Promise.resolve(given), stop));
}

/** The chunks of a stream; cancelled when `stop` aborts or the reading is left. */
export async function* readStream(stream: ReadableStream<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await abortable(reader.read(), stop);
      over = done;
      if (done) return;
      if (!(value instanceof Uint8Array))
        throw new EchoError("not-audio", "The stream gives something else than Uint8Array chunks.");
      yield value;
    }
  } finally {
    // Cancelling a stream that has failed rejects with the same failure, which is on its way already.
    if (!over) reader.cancel(stop.reason).catch(() => undefined);
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === "function";
}
