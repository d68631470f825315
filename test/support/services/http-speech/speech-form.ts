import type { Cartesia } from "@cartesia/cartesia-js";
import type { StreamingAudioChunkWithTimestampsResponse } from "@elevenlabs/elevenlabs-js/serialization/types/StreamingAudioChunkWithTimestampsResponse";
import type { Timed, Utterance } from "../utterance.js";
import type { Form, SpeechRequest } from "./speech-request.js";

/** Media types of the forms. */
export const mediaTypes: Readonly<Record<Form, string>> = {
  bytes: "audio/pcm",
  "openai-events": "text/event-stream",
  "cartesia-events": "text/event-stream",
  lines: "application/json",
};

/** A piece of audio and the seconds of it. */
export interface Part {
  bytes: Buffer;
  from: number;
  to: number;
  /** What times count from, in seconds of the generation. */
  origin: number;
}

/** A piece of audio, with the times that start in it, as it is written into the body. */
export function framePart({ form, timed }: SpeechRequest, { words, characters }: Utterance, part: Part): Buffer {
  const audio = part.bytes.toString("base64");
  switch (form) {
    case "bytes":
      return part.bytes;
    case "openai-events":
      return event({ type: "speech.audio.delta", audio });
    case "lines": {
      const { texts, starts, ends } = within(characters, part);
      const line: StreamingAudioChunkWithTimestampsResponse.Raw = {
        audio_base64: audio,
        alignment:
          texts.length === 0
            ? null
            : { characters: texts, character_start_times_seconds: starts, character_end_times_seconds: ends },
        normalized_alignment: null,
      };
      return Buffer.from(`${JSON.stringify(line)}\n`);
    }
    case "cartesia-events": {
      const { texts, starts, ends } = within(words, part);
      const place = { done: false as const, status_code: 206 };
      const word_timestamps = { words: texts, start: starts, end: ends };
      const chunk = cartesiaEvent({ type: "chunk", ...place, data: audio, step_time: 10 });
      if (!timed || texts.length === 0) return chunk;
      return Buffer.concat([cartesiaEvent({ type: "timestamps", ...place, word_timestamps }), chunk]);
    }
  }
}

/** What follows the last piece. */
export function frameEnd({ form }: SpeechRequest): Buffer {
  if (form === "cartesia-events") return cartesiaEvent({ type: "done", done: true, status_code: 206 });
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  return form === "openai-events" ? event({ type: "speech.audio.done", usage }) : Buffer.alloc(0);
}

/** An event of OpenAI, without a name of its own [L]. */
const event = (data: object): Buffer => Buffer.from(`data: ${JSON.stringify(data)}\n\n`);

/** An event of Cartesia: its type is its name too [L]. */
const cartesiaEvent = (data: Cartesia.TTSSSEEvent): Buffer =>
  Buffer.from(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);

function within(all: readonly Timed[], { from, to, origin }: Part) {
  const found = all.filter(({ start }) => start >= from && start < to);
  const shift = (seconds: number): number => Math.round((seconds - origin) * 1000) / 1000;
  return {
    texts: found.map(({ text }) => text),
    starts: found.map(({ start }) => shift(start)),
    ends: found.map(({ end }) => shift(end)),
  };
}

/** A WAV header of a stream: lengths that are not known are 0xffffffff, as OpenAI and Cartesia stream them [L]. */
export function wavHeader(sampleRate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(0xffffffff, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(0xffffffff, 40);
  return header;
}
