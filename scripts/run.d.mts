export function run(command: string, args: readonly string[], extra?: Record<string, string>): Promise<void>;
export function capture(
  command: string,
  args: readonly string[],
): Promise<{ ok: boolean; output: string; seconds: number }>;
export const tsc: string;
