/** ITU-T G.711 µ-law of a 16 bit sample. The bias makes every segment's step twice that of the one below. */
export function toMulaw(sample: number): number {
  const magnitude = Math.min(32_635, Math.abs(sample)) + 0x84;
  const segment = 24 - Math.clz32(magnitude);
  const code = (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f);
  return ~(code | (sample < 0 ? 0x80 : 0)) & 0xff;
}

/** ITU-T G.711 A-law of a 16 bit sample. Negative samples are complemented first, so that the two halves mirror each other. */
export function toAlaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const segment = Math.max(0, 28 - Math.clz32(magnitude));
  const code = segment === 0 ? magnitude : (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f);
  return (code | (sample < 0 ? 0 : 0x80)) ^ 0x55;
}
