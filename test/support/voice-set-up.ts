import { RealtimeVoice, type RealtimeVoiceOptions } from "../../src/realtime/index.js";
import type { Answer, ServerOptions } from "./realtime-server.js";
import { RealtimeWorld } from "./realtime-world.js";
import { ScriptedReplica } from "./scripted-replica.js";

const worlds: RealtimeWorld[] = [];

/** Closes the servers of a test. */
export async function closeWorlds(): Promise<void> {
  for (const world of worlds.splice(0)) await world.server.close();
}

/** The codes of errors, in order. */
export const codes = (errors: readonly Error[]): unknown[] => errors.map((error) => (error as { code?: unknown }).code);

/** `seconds` of a sequence that is different for every `seed` and never repeats within a minute. */
export function speech(seconds: number, seed: number): Int16Array {
  let state = (seed + 1) * 2654435761;
  return Int16Array.from({ length: Math.round(seconds * 24_000) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) - 32768;
  });
}

/** Index of the first sample that differs; -1 when they are the same. Millions of samples are too many for toEqual. */
export function firstDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  for (let n = 0; n < Math.max(got.length, wanted.length); n++) if (got[n] !== wanted[n]) return n;
  return -1;
}

/** A caller, a model, a scripted replica and a voice between them, in virtual time. */
export async function setUp(
  options: { server?: Partial<ServerOptions>; voice?: Partial<RealtimeVoiceOptions>; answers?: Answer[] } = {},
) {
  const { answers = [] } = options;
  const world = await RealtimeWorld.make({
    answer: (n) => answers[n] ?? { pcm: speech(2, n), transcript: `answer number ${n} in a few words` },
    ...options.server,
  });
  worlds.push(world);
  const replica = new ScriptedReplica(world.clock);
  const secrets: string[] = [];
  const voice = new RealtimeVoice({
    replica,
    input: world.caller,
    secret: async () => {
      secrets.push(`ek_${secrets.length}`);
      return secrets.at(-1)!;
    },
    url: world.server.url,
    webSocket: world.socket,
    clock: world.clock,
    ...options.voice,
  });
  const errors: Error[] = [];
  const transcripts: string[] = [];
  voice.on("error", (error) => errors.push(error));
  voice.on("transcript", ({ role, text, final }) => final && transcripts.push(`${role}: ${text}`));
  return { world, replica, voice, errors, transcripts, secrets, open: () => world.settled(voice.open()) };
}
