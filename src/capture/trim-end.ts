/**
 * `stream` without the digital silence at its end, as far as it was read after `ended` aborted: what a source goes on to
 * give once it is over. Silence that more sound follows stays. `sounds` is called with every chunk that is not all silence.
 */
export function trimEnd(
  stream: ReadableStream<Int16Array>,
  ended: AbortSignal,
  sounds: () => void,
): ReadableStream<Int16Array> {
  const reader = stream.getReader();
  let silence: Int16Array[] = [];
  return new ReadableStream<Int16Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) return controller.close();
          let sound = value.length;
          while (sound > 0 && value[sound - 1] === 0) sound--;
          if (sound > 0) sounds();
          if (!ended.aborted) sound = value.length;
          if (sound > 0) {
            for (const chunk of silence) controller.enqueue(chunk);
            silence = [];
            controller.enqueue(value.subarray(0, sound));
          }
          if (sound < value.length) silence.push(value.subarray(sound));
          if (sound > 0) return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    // No queue: an error would drop what is in it.
    new CountQueuingStrategy({ highWaterMark: 0 }),
  );
}
