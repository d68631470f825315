import { audioFile, pcm, type Source } from "tavus-echo";
import { align, type Failure, noise, openSource, peakError, reference, tones } from "./probe.js";

/** Files of test/fixtures/compressed/ by what is in them: their rate, their type on the wire, and, without loss, their noise. */
export const files: Record<string, { rate: number; type: string; frames?: number; channels?: number }> = {
  "tones-44100.mp3": { rate: 44_100, type: "audio/mpeg" },
  "tones-24000-untagged.mp3": { rate: 24_000, type: "audio/mpeg" },
  "tones-48000.aac": { rate: 48_000, type: "audio/aac" },
  "tones-44100.m4a": { rate: 44_100, type: "audio/mp4" },
  "tones-22050.ogg": { rate: 22_050, type: "audio/ogg" },
  "tones-48000.opus": { rate: 48_000, type: "audio/ogg" },
  "tones-48000.webm": { rate: 48_000, type: "audio/webm" },
  "noise-44100.flac": { rate: 44_100, type: "audio/flac", frames: 3000, channels: 1 },
  "noise-22050-stereo.flac": { rate: 22_050, type: "application/octet-stream", frames: 1500, channels: 2 },
  "noise-16000.oga": { rate: 16_000, type: "audio/ogg", frames: 2000, channels: 1 },
};

/** What came of one file. */
export interface Decoded {
  /** Whether the browser has a decoder for it. */
  decodes: boolean;
  /** Frames that its decoder gave. */
  decoderFrames: number;
  /** What failed, by the way in which the file was given. */
  errors: Record<string, Failure>;
  /** Ways that gave other samples than the first. */
  differing: string[];
  /** Peak deviation in LSB from what the browser's decoder gives at the file's own rate, through the documented filter. */
  decoderLsb: number;
  /** The same from the samples that were encoded, where the format loses none. */
  originalLsb?: number | undefined;
  /** Else SNR in dB against the tones that were encoded, where they fit best. */
  originalDb?: number | undefined;
}

/** Gives the file at `url` to the library in every way that there is. */
export async function decodeCompressed(name: string, url: string): Promise<Decoded> {
  const { rate, frames, channels = 1 } = files[name];
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  // A view of a larger buffer, as sockets and parsers give them.
  const within = new Uint8Array(bytes.length + 9);
  within.set(bytes, 4);
  const ways: Record<string, () => Source> = {
    "pcm(fetch())": () => pcm(fetch(url)),
    // A format that is declared does not apply, unless the file's mark is one that PCM can have by chance.
    "pcm(bytes)": () =>
      pcm(within.subarray(4, 4 + bytes.length), weak.test(name) ? undefined : { encoding: "s16le", sampleRate: 8000 }),
    "pcm(stream)": () => pcm(new Response(seams(bytes), { headers: { "content-type": files[name].type } })),
    "audioFile(blob)": () => audioFile(new Blob([bytes])),
    "audioFile(url)": () => audioFile(new URL(url)),
  };
  const decoder = await new OfflineAudioContext(1, 1, rate)
    .decodeAudioData(bytes.slice().buffer)
    .then(monoOf, () => undefined);
  const sent =
    frames &&
    monoOfInts(
      noise(frames * channels, 5).map((sample) => sample >> 6),
      channels,
    );
  const errors: Record<string, Failure> = {};
  const differing: string[] = [];
  let first: Int16Array | undefined;
  for (const [way, make] of Object.entries(ways)) {
    const { pcm: got, error } = await (await openSource(make())).result;
    if (error) errors[way] = error;
    first ??= got;
    if (got.length !== first.length || got.some((sample, n) => sample !== first?.[n])) differing.push(way);
  }
  const got = first ?? new Int16Array(0);
  return {
    decodes: decoder !== undefined,
    decoderFrames: decoder?.length ?? 0,
    errors,
    differing,
    decoderLsb: decoder ? peakError(got, filtered(decoder, rate)) : Number.NaN,
    originalLsb: sent ? peakError(got, filtered(sent, rate)) : undefined,
    originalDb: sent || !decoder ? undefined : align(padded(got), tones(1, 5000), 1).db,
  };
}

/** What a damaged file gives, and what one does for which the browser says that it has no decoder. */
export async function refuse(name: string, url: string): Promise<Failure[]> {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  // The header is whole: what follows is not.
  bytes.fill(0xaa, 64);
  const failure = async (source: Source): Promise<Failure> => {
    const { error, pcm } = await (await openSource(source)).result;
    if (!error || pcm.length > 0) throw new Error(`${name} gave ${pcm.length} samples and no error.`);
    return error;
  };
  const damaged = [await failure(pcm(bytes)), await failure(audioFile(new Blob([bytes])))];
  const { canPlayType } = HTMLMediaElement.prototype;
  HTMLMediaElement.prototype.canPlayType = () => "";
  const lacking = await failure(pcm(bytes));
  HTMLMediaElement.prototype.canPlayType = canPlayType;
  return [...damaged, lacking];
}

/** Frames of MPEG audio without a tag. */
const weak = /untagged|aac$/;

/** What the encoder should make of it; equal rates are passed through. */
const filtered = (input: Float32Array, rate: number): Float64Array =>
  rate === 24_000 ? Float64Array.from(input, (sample) => 32_768 * sample) : reference(input, rate, 24_000);

/** With a tenth of a second before it: a decoder may leave out more of the beginning than the encoder had put there. */
function padded(pcm: Int16Array): Int16Array {
  const all = new Int16Array(2400 + pcm.length);
  all.set(pcm, 2400);
  return all;
}

/** The bytes in pieces of 1 to 701, the first shorter than a header. */
function seams(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const length = at === 0 ? 13 : 1 + ((at * 7) % 701);
      controller.enqueue(bytes.slice(at, at + length));
      at += length;
    },
  });
}

function monoOf(audio: AudioBuffer): Float32Array {
  const planes = Array.from({ length: audio.numberOfChannels }, (_, channel) => audio.getChannelData(channel));
  return Float32Array.from(planes[0], (_, n) => planes.reduce((sum, plane) => sum + plane[n], 0) / planes.length);
}

function monoOfInts(pcm: Int16Array, channels: number): Float32Array {
  return Float32Array.from({ length: pcm.length / channels }, (_, frame) => {
    const samples = pcm.subarray(frame * channels, (frame + 1) * channels);
    return samples.reduce((sum, sample) => sum + sample, 0) / channels / 32_768;
  });
}
