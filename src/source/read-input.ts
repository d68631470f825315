import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import { bytesOf, claim, isStream, letGo, type PcmInput, type Section } from "./piece.js";

/**
 * The sections of an input, one after another, each asked for only when it is wanted: what `sections` makes of each piece. `stop`
 * ends it: what waits is let go, streams are cancelled, iterators returned, and a function's signal aborts.
 */
export async function* readInput(
  input: PcmInput,
  stop: AbortSignal,
  sections: (piece: unknown) => AsyncIterable<Section>,
): AsyncGenerator<Section> {
  const given = await abortable(Promise.resolve(typeof input === "function" ? input(stop) : input), stop, letGo);
  if (!isAsyncIterable(given) || isStream(given)) {
    yield* sections(given);
    return;
  }
  const iterator = given[Symbol.asyncIterator]();
  // An iterator that is its own iterable is a generator: it cannot begin anew.
  if ((iterator as unknown) === given) claim(given);
  let over = false;
  const next = async (): Promise<{ piece: unknown } | undefined> => {
    let result: IteratorResult<unknown>;
    try {
      result = await iterator.next();
    } catch (error) {
      over = true;
      throw error;
    }
    over = result.done === true;
    return over ? undefined : { piece: await result.value };
  };
  try {
    for (;;) {
      const given = await abortable(next(), stop, (late) => letGo(late?.piece));
      if (!given) return;
      yield* sections(given.piece);
    }
  } finally {
    // A generator that waits for something answers only when that is over: nobody waits for it here.
    if (!over) Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
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
      const bytes = bytesOf(value);
      if (!bytes)
        throw new EchoError("not-audio", "The stream produces something else than bytes.", {
          remedy: "Give it chunks of Uint8Array, or pass pieces of other forms as an async iterable.",
        });
      yield bytes;
    }
  } finally {
    // Cancelling a stream that has failed rejects with the same failure, which is on its way already.
    if (!over) reader.cancel(stop.reason).catch(() => undefined);
  }
}

/** Whether it is an async iterable; streams are too in some browsers. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof (value as AsyncIterable<unknown> | null)?.[Symbol.asyncIterator] === "function";
}
