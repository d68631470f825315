/** See bundle.mjs. */
export function bundle(
  code: string,
  folder: string,
  external?: readonly string[],
): Promise<{ bytes: number; onDemand: number; modules: [name: string, bytes: number][] }>;
