/**
 * What is at `path` in a parsed JSON value: names and indexes, as in `data.audio` or `candidates[0].content.parts`. Where
 * an array is in the way of a name, every element is looked into. Nothing that is missing or null is among them.
 */
export function valuesAt(value: unknown, path: string): unknown[] {
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "" && step !== "*");
  return steps.reduce<unknown[]>((values, step) => values.flatMap((one) => into(one, step)), [value]).filter(isThere);
}

function into(value: unknown, step: string): unknown[] {
  if (Array.isArray(value)) return /^\d+$/.test(step) ? [value[Number(step)]] : value.flatMap((one) => into(one, step));
  return typeof value === "object" && value !== null && Object.hasOwn(value, step) ? [value[step as never]] : [];
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
