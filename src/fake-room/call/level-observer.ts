import type { Room } from "../room/room.js";

/** The observer of the others' audio levels: one per call, as in daily-js [certain]. */
export class LevelObserver {
  readonly #report: (participantsAudioLevel: Record<string, number>) => void;
  #stop: (() => void) | undefined;
  #levels: Record<string, number> = {};

  constructor(report: (participantsAudioLevel: Record<string, number>) => void) {
    this.#report = report;
  }

  /** Whether levels are reported. */
  get running(): boolean {
    return this.#stop !== undefined;
  }

  /** The last levels. */
  get levels(): Record<string, number> {
    return this.#levels;
  }

  /** Reports them every `seconds`, without the own one. Rejects as daily-js does where there is no room or it refuses. */
  async start(room: Room | undefined, ownId: string | undefined, seconds: number): Promise<void> {
    this.stop();
    if (!room?.faults.audioLevels) throw { error: { msg: "The observer was refused." } };
    this.#stop = room.observeLevels(seconds, (levels) => {
      this.#levels = Object.fromEntries(Object.entries(levels).filter(([id]) => id !== ownId));
      this.#report(this.#levels);
    });
  }

  /** Ends it. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
