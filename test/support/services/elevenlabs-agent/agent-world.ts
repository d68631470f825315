import type { ModelScript } from "../answer.js";
import type { Encoding } from "../encoding.js";
import type { ServiceClock } from "../service-clock.js";
import type { Spoken } from "../spoken.js";

/** Audio of one direction, as the metadata name it. */
export type AgentFormat = `pcm_${8000 | 16000 | 22050 | 24000 | 44100 | 48000}` | "ulaw_8000";

/** What a session needs of its server. */
export interface AgentWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  input: AgentFormat;
  output: AgentFormat;
  aligned: boolean;
  /** Pieces of audio that still arrive after an interruption. */
  latePieces: number;
  pingSeconds: number;
  pongSeconds: number;
  toolSeconds: number;
  forbidsOverrides: boolean;
  requiredVariables: readonly string[];
  serial(): number;
}

/** What a format's name means. */
export function formatOf(format: AgentFormat): { encoding: Encoding; sampleRate: number } {
  const [name, rate] = format.split("_");
  return { encoding: name === "ulaw" ? "mulaw" : "s16le", sampleRate: Number(rate) };
}
