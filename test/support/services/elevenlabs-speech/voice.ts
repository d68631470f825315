import type { Alignment } from "@elevenlabs/elevenlabs-js/serialization/types/Alignment";
import { cut, deliver } from "../delivery.js";
import { type Encoding, sampleBytes } from "../encoding.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import type { SpeechScript } from "../speech-script.js";
import { Spoken } from "../spoken.js";
import { utter } from "../utterance.js";
import { alignmentOf } from "./alignment.js";

/** What the address asked for. */
export interface VoiceSettings {
  voiceId: string;
  encoding: Encoding;
  sampleRate: number;
  /** Whether times are sent with the audio (`sync_alignment`). */
  aligned: boolean;
  /** Whether each message is a generation (`auto_mode`). */
  auto: boolean;
  /** Seconds without a message after which a context, or the connection, is closed. */
  inactivitySeconds: number;
}

/** What speaks. */
export interface Voice {
  clock: ServiceClock;
  script: SpeechScript;
  spoken: Spoken[];
  settings: VoiceSettings;
}

/** Says a text chunk by chunk. Resolves with whether the connection is to be broken. */
export async function say(
  { clock, script, spoken, settings }: Voice,
  id: string,
  text: string,
  signal: AbortSignal,
  send: (audio: string, alignment: Alignment.Raw | null) => void,
): Promise<boolean> {
  const delivery = { ...script.delivery, ...script.generations.shift() };
  const { samples, characters } = utter(text, settings.sampleRate, script.leadSeconds, script.seed);
  const said = new Spoken(id, text, samples, settings.sampleRate, settings.encoding);
  spoken.push(said);
  if (!(await elapsed(clock, script.latencySeconds, signal))) return false;
  const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[said.encoding], delivery);
  const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes, from }) => {
    said.sentBytes += bytes.length;
    const [start, end] = [from / said.bytesPerSecond, (from + bytes.length) / said.bytesPerSecond];
    const alignment = settings.aligned ? alignmentOf(characters, start, end, script.timesFrom) : null;
    send(bytes.toString("base64"), alignment);
  });
  said.complete = ending === "finished";
  said.interrupted = ending === "stopped";
  return ending === "dropped";
}
