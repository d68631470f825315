/**
 * Samples that fit into a message of `limit` characters around an envelope of `envelopeLength` characters (the message
 * with an empty `audio`). A multiple of 3 samples = 6 bytes = 8 characters, so that base64 needs no padding; below
 * that one sample (2 bytes, padded to 4 characters); 0 when not even that fits.
 */
export function samplesPerMessage(limit: number, envelopeLength: number): number {
  const room = Math.floor(limit) - envelopeLength;
  if (!(room >= 4)) return 0;
  return room < 8 ? 1 : Math.floor(room / 8) * 3;
}

/** The largest multiple of 3 that is not above `samples`: see {@link samplesPerMessage}. */
export const wholeGroups = (samples: number): number => samples - (samples % 3);
