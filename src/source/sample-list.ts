/** Samples of whatever kind, full scale 1: floats, 16-bit integers, or a list of either. undefined: it is none of them, or not clear. */
export function floatsOf(list: unknown): Float32Array | undefined {
  const kind = Object.prototype.toString.call(list).slice(8, -1);
  if (kind === "Float32Array") return list as Float32Array;
  if (kind === "Float64Array") return Float32Array.from(list as Float64Array);
  if (kind === "Int16Array") return Float32Array.from(list as Int16Array, (sample) => sample / 0x8000);
  if (!isNumbers(list)) return undefined;
  return Float32Array.from(areInt16(list) ? list.map((sample) => sample / 0x8000) : list);
}

/** Chunks of samples, one after another: one, or a list of them. undefined: it is none. */
export function chunksOf(value: unknown): Float32Array[] | undefined {
  const one = floatsOf(value);
  if (one) return [one];
  if (!Array.isArray(value)) return undefined;
  const chunks = value.map(floatsOf);
  return chunks.every((chunk) => chunk !== undefined) ? (chunks as Float32Array[]) : undefined;
}

/** Whether it is a list of numbers. */
export function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "number");
}

/** Whether numbers can be nothing but 16-bit samples: whole, and some of them beyond full scale of floats and beyond bytes. */
export function areInt16(numbers: readonly number[]): boolean {
  return numbers.every(Number.isInteger) && numbers.some((one) => one < -1 || one > 255);
}

/** Whether numbers can be bytes as well as samples. */
export function areBytes(numbers: readonly number[]): boolean {
  return numbers.every((one) => Number.isInteger(one) && one >= 0 && one < 256);
}
