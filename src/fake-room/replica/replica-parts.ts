import type { Clock } from "../../flow/clock.js";
import type { Random } from "../random.js";
import type { Schedule } from "../schedule.js";
import type { Happening } from "./events.js";
import type { Model } from "./model.js";
import type { Speech } from "./voice.js";

/** What the replica is made of. */
export interface ReplicaParts {
  clock: Clock;
  schedule: Schedule;
  random: Random;
  model: Model;
  /** How many times faster than the clock it plays. */
  speed: number;
  conversationId: string;
  /** The persona's own TTS. */
  speech: Speech | undefined;
  /** Tells what happens, in the order of time. */
  tell(happening: Happening): void;
}
