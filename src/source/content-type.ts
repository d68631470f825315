import type { PcmFormat, SampleType } from "../decode/sample-format.js";
import { MAX_RATE, MIN_RATE } from "../encoder/plan.js";
import type { Warning } from "../warning.js";

/** Types that are not audio, whatever a body may be, and what they are called in a message. */
const others: readonly (readonly [RegExp, string])[] = [
  [/event-stream\b/, "server-sent events"],
  [/ndjson|json-?(l|lines|seq|stream)\b|stream\+json/, "JSON lines"],
  [/\bjson\b/, "JSON"],
  [/\bhtml\b/, "HTML"],
  [/\bxml\b/, "XML"],
  [/^multipart\//, "several parts in one"],
  [/eventstream\b/, "an event stream of AWS"],
  [/protobuf|grpc/, "protocol buffers"],
  [/mpegurl/, "a playlist"],
  [/mp2t|mp2p/, "a transport stream"],
  [/^image\//, "an image"],
  [/pdf|\/(x-)?(zip|gzip)|^(font|model)\//, "a file of another kind"],
  [/^text\/|javascript|urlencoded/, "text"],
];

/** What a Content-Type that is not audio is called; undefined: it may be audio. */
export function otherType(contentType: string): string | undefined {
  const type = contentType.toLowerCase().split(";")[0] ?? "";
  return others.find(([pattern]) => pattern.test(type))?.[1];
}

/** Whether a Content-Type is that of a compressed file. */
export function isCompressed(contentType: string): boolean {
  return /^(audio|video)\/(mpeg|mp3|aac|aacp|ogg|opus|flac|x-flac|mp4|webm|x-m4a|m4a)\b/i.test(contentType);
}

/** What a Content-Type says of samples. */
export interface SampleLabel {
  /** undefined: PCM, and no more is said. */
  encoding: SampleType | undefined;
  /** Hz; undefined: not said. */
  sampleRate: number | undefined;
  channels: number | undefined;
  /** Either byte order is meant by those who use the type: the samples have to tell. */
  anyOrder: boolean;
}

/** Names of types, and of encodings in parameters, by what they stand for. */
const encodings: readonly (readonly [RegExp, SampleType])[] = [
  [/^(pcm[_-])?f(loat)?(32)?([_-]?le)?$|^float/, "f32le"],
  [/^(x-)?(mulaw|ulaw|pcmu|basic|mu-law|u-law)/, "mulaw"],
  [/^(x-)?(alaw|pcma|a-law)/, "alaw"],
  [/^(pcm[_-])?s16[_-]?be$/, "s16be"],
  [/^(x-)?(l16|l?pcm|raw|wave-raw|s16([_-]?le)?)$|^(pcm[_-]s16le|linear16|signed-int(eger)?)$/, "s16le"],
];

/**
 * What a Content-Type says of headerless samples; undefined: nothing. `audio/L16` is big-endian by RFC 2586 and RFC 3190,
 * and little-endian with most services that send it: its parameter `endianness` decides, else the samples.
 */
export function labelOf(contentType: string): SampleLabel | undefined {
  const [type = "", ...rest] = contentType.toLowerCase().split(/\s*;\s*/);
  const parameters = Object.fromEntries(rest.map((parameter) => parameter.replaceAll('"', "").split("=", 2)));
  const find = (name = ""): SampleType | undefined => encodings.find(([pattern]) => pattern.test(name))?.[1];
  const [family, name] = type.split("/", 2);
  const named = family === "audio" ? find(name) : undefined;
  if (!named) return undefined;
  const said = find(parameters.encoding ?? parameters.format) ?? (/pcm$|raw$/.test(type) ? undefined : named);
  const order: string | undefined = parameters.endianness ?? parameters.endian;
  const big = (said ?? named) === "s16le" && order?.startsWith("big");
  const number = (...names: string[]): number | undefined =>
    names.map((one) => Number(parameters[one])).find((one) => one > 0);
  return {
    encoding: big ? "s16be" : said,
    sampleRate: number("rate", "samplerate", "sample-rate", "sample_rate"),
    channels: number("channels"),
    anyOrder: /l16$/.test(type) && said === "s16le" && !order,
  };
}

/** The format that a label is complete enough for; undefined: its rate is missing, or none that can be encoded. */
export function formatOf(label: SampleLabel | undefined): PcmFormat | undefined {
  if (!label) return undefined;
  const { encoding = "s16le", channels = 1 } = label;
  // G.711 is telephony, and needs no rate.
  const sampleRate = label.sampleRate ?? (encoding.endsWith("law") ? 8000 : 0);
  const possible = Number.isInteger(sampleRate) && sampleRate >= MIN_RATE && sampleRate <= MAX_RATE && channels <= 8;
  return possible ? { encoding, sampleRate, channels } : undefined;
}

/** What a label says against a declaration. The declaration holds. */
export function contradiction(contentType: string, label: SampleLabel, declared: PcmFormat): Warning | undefined {
  const { encoding = declared.encoding, sampleRate = declared.sampleRate, channels = declared.channels } = label;
  const says = `The response says ${contentType}`;
  if (sampleRate !== declared.sampleRate)
    return {
      code: "rate-mismatch",
      message: `${says}, and ${declared.sampleRate} Hz are declared: it is heard at ${(declared.sampleRate / sampleRate).toFixed(2)} times its speed.`,
      remedy: `Declare { sampleRate: ${sampleRate} }, or ask the service for ${declared.sampleRate} Hz.`,
    };
  if (encoding === "s16be" && declared.encoding === "s16le")
    return {
      code: "byte-order",
      message: `${says}, which is big-endian, and s16le is declared.`,
      remedy: "Leave the format out, so that the type counts, or ask the service for little-endian PCM.",
    };
  if (encoding !== declared.encoding || channels !== declared.channels)
    return {
      code: "format-implausible",
      message: `${says}, and ${declared.encoding} in ${declared.channels} channel(s) is declared.`,
      remedy: "Declare what the service sends; without a format its type counts.",
    };
  return undefined;
}
