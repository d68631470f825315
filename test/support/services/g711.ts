// ITU-T G.711 (11/1988), written from the Recommendation's tables 1a, 2a: a search over the decoded values, so that
// encoder and decoder cannot disagree.

/** µ-law code to 16-bit sample: the table's 14-bit values, times 4. */
export function decodeMulaw(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84;
  return inverted & 0x80 ? -magnitude : magnitude;
}

/** A-law code to 16-bit sample: the table's 13-bit values, times 8. */
export function decodeAlaw(code: number): number {
  const toggled = code ^ 0x55;
  const segment = (toggled >> 4) & 7;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? mantissa : (mantissa + 0x100) << (segment - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

/** The code whose value lies nearest to each 16-bit sample; built once per law. */
function nearestCodes(decode: (code: number) => number): Uint8Array {
  const values = Array.from({ length: 256 }, (_, code) => ({ code, value: decode(code) }));
  values.sort((a, b) => a.value - b.value || a.code - b.code);
  const codes = new Uint8Array(65_536);
  let at = 0;
  for (let sample = -32_768; sample <= 32_767; sample++) {
    while (at < 255 && Math.abs(values[at + 1].value - sample) <= Math.abs(values[at].value - sample)) at++;
    codes[sample + 32_768] = values[at].code;
  }
  return codes;
}

const tables = new Map<(code: number) => number, Uint8Array>();

/** The code nearest to `sample` under the law that `decode` reads. */
export function encodeG711(sample: number, decode: (code: number) => number): number {
  let table = tables.get(decode);
  if (!table) {
    table = nearestCodes(decode);
    tables.set(decode, table);
  }
  return table[sample + 32_768];
}
