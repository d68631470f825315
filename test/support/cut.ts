/** Cuts at random places, empty pieces included; every piece is a copy at a random offset of its own buffer. */
export function* cut(bytes: Uint8Array, random: () => number): Generator<Uint8Array> {
  const most = [3, 17, 300, 5000][Math.floor(random() * 4)] as number;
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(bytes.length - at, Math.floor(random() * (most + 1)));
    const offset = Math.floor(random() * 5);
    const buffer = new Uint8Array(offset + length + 3).fill(0xee);
    buffer.set(bytes.subarray(at, at + length), offset);
    yield buffer.subarray(offset, offset + length);
    at += length;
  }
}

/** The bytes one by one. */
export function* byteByByte(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}
