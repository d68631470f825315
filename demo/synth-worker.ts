import createEspeak from "@echogarden/espeak-ng-emscripten";
import type { SynthReply, SynthRequest } from "./synth.js";

// eSpeak NG blocks while it speaks: in a worker of its own its chunks leave as they are made.
const ready = createEspeak().then((module) => new module.eSpeakNGWorker());
const cancelled = new Set<number>();
const reply = (message: SynthReply, transfer: Transferable[] = []): void => postMessage(message, { transfer });

addEventListener("message", async ({ data }: MessageEvent<SynthRequest>) => {
  if (data.type === "cancel") {
    cancelled.add(data.id);
    return;
  }
  const { id, text, voice } = data;
  try {
    const espeak = await ready;
    espeak.set_voice(voice);
    const sampleRate = espeak.get_samplerate();
    espeak.synthesize(text, (audio, events) => {
      const words = events
        .filter(({ type }) => type === "word")
        .map((event) => ({
          start: event.audio_position / 1000,
          from: event.text_position - 1,
          length: event.word_length,
        }));
      if (audio && audio.length > 0) reply({ id, type: "chunk", samples: audio, sampleRate, words }, [audio.buffer]);
      return cancelled.has(id);
    });
    reply({ id, type: "end" });
  } catch (error) {
    reply({ id, type: "error", message: String(error) });
  }
  cancelled.delete(id);
});
