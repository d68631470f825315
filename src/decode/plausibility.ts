import type { Warning } from "../warning.js";
import type { PcmFormat } from "./sample-format.js";

/** Bytes that are looked at: enough for a stable statement, little enough to cost nothing. */
export const probeBytes = 8192;

/**
 * What headerless bytes most likely are when they are not what was declared. A guess from statistics, so it is a warning
 * and never an error. undefined: nothing speaks against the declaration.
 */
export function doubt(bytes: Uint8Array, format: PcmFormat): Warning | undefined {
  const probe = bytes.subarray(0, probeBytes);
  // Error messages are short.
  if (probe.length >= 32 && isText(probe))
    return warning(
      "base64-as-audio",
      "The bytes declared as audio are all printable text, as base64 or JSON is.",
      "Decode base64 first: Uint8Array.fromBase64(text), or Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).",
    );
  if (probe.length < 256) return undefined;
  if (format.encoding === "f32le") return doubtFloat(probe);
  if (format.encoding === "s16le") return doubtInt16(probe, format.channels);
  return undefined;
}

function doubtFloat(bytes: Uint8Array): Warning | undefined {
  const { plausible, counted } = floats(bytes);
  // Floats of audio lie within ±16 of full scale; 16-bit pairs read as floats are spread over all exponents.
  if (counted < 32 || plausible > 0.7) return undefined;
  return warning(
    "format-implausible",
    `${Math.round((1 - plausible) * 100)} % of the samples declared as f32le are far outside full scale or not numbers.`,
    'Declare { encoding: "s16le" }: the data is probably 16-bit.',
  );
}

function doubtInt16(bytes: Uint8Array, channels: number): Warning | undefined {
  // Neighbours in audio resemble each other; with the bytes swapped, or floats cut in two, they do far less (white noise: 2).
  const declared = roughness(bytes, channels, true);
  if (declared <= 0.25) return undefined;
  const { plausible, counted } = floats(bytes);
  // Of 16-bit speech a few per cent happen to look like floats below full scale; of floats all do.
  if (counted >= 32 && plausible > 0.95)
    return warning(
      "format-implausible",
      "The bytes declared as s16le look like 32-bit floats.",
      'Declare { encoding: "f32le" }: a Float32Array was probably sent without conversion.',
    );
  const swapped = roughness(bytes, channels, false);
  if (swapped < declared / 4)
    return warning(
      "byte-order",
      "The samples are noise as little-endian, and smooth as big-endian (or shifted by one byte).",
      "Swap the bytes of each sample, ask the service for little-endian PCM, and check that no byte was lost before the first sample.",
    );
  return undefined;
}

/** Share of `bytes`, read as 32-bit floats, with an exponent that audio has; zeros are not counted. */
function floats(bytes: Uint8Array): { plausible: number; counted: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let counted = 0;
  let plausible = 0;
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const value = Math.abs(view.getFloat32(at, true));
    if (value === 0) continue;
    counted++;
    if (value > 1e-7 && value < 16) plausible++;
  }
  return { plausible: counted === 0 ? 1 : plausible / counted, counted };
}

/** Power of the difference of neighbours over the power of the samples: near 0 for low tones, 2 for white noise. */
function roughness(bytes: Uint8Array, channels: number, littleEndian: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let power = 0;
  let difference = 0;
  for (let at = 2 * channels; at + 2 <= bytes.length; at += 2) {
    const sample = view.getInt16(at, littleEndian);
    power += sample ** 2;
    difference += (sample - view.getInt16(at - 2 * channels, littleEndian)) ** 2;
  }
  return power === 0 ? 0 : difference / power;
}

function isText(bytes: Uint8Array): boolean {
  // A constant, or a square wave, can be printable by chance.
  if (new Set(bytes.subarray(0, 256)).size <= 8) return false;
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function warning(code: string, message: string, remedy: string): Warning {
  return { code, message, remedy };
}
