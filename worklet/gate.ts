import { energy } from "./energy.js";

/** Seconds of one measurement. */
const windowSeconds = 0.01;
/** dB above the noise, and above the expected echo, at which speech is taken to begin; usual for level gates. */
const thresholdDb = 9;
/** dB below the threshold at which speech counts as over, so that a level at the threshold does not flutter. */
const hysteresisDb = 3;
/** Windows above the threshold until speech is told, and below until its end is: pauses within a sentence are shorter. */
const attackWindows = 6;
const hangoverWindows = 70;
/** dB of full scale below which nothing is speech: the noise of a good microphone. */
const lowestDb = -55;
/** dB of a window without any energy: a device that is muted, or that has not begun to give. Its noise is not known then. */
const digitalSilenceDb = -120;
/** Windows of sound between two digital silences, at most, if the device gives that for noise, as noise suppression does: words are shorter. */
const gatedWindows = 200;
/** dB per window by which the tracked floor rises: slower than words, faster than a fan that is switched on stays unnoticed. */
const riseDb = { quiet: 0.06, speech: 0.01 };
/** Windows in which the reference's sound comes back: network, loudspeaker (Bluetooth too), room and device. */
const echoWindows = 40;
/** dB of full scale below which the reference is silent. */
const silentDb = -50;
/**
 * dB per window by which the coupling, the level of the echo over that of the reference, is followed. Three times faster
 * up than down finds what a quarter of the windows pass, which the threshold lies above; the first 2 s go down faster.
 * In speech, which hides it, at a tenth of that: an echo grown louder must not be speech for ever. Before it is learnt,
 * for a second, it keeps speech from beginning but cuts none off. Chosen by simulation with synthetic speech, delays of 50
 * to 200 ms and reflections (test/unit/gate-echo.test.ts).
 */
const follow = { upDb: 0.3, downDb: 0.1, firstWindows: 20, inSpeech: 0.1, learnt: 100 };

/**
 * Tells when somebody speaks, by level: a noise floor is tracked (down at once, up slowly), and what stays above it by a
 * margin is speech. Given the replica's own voice as the reference, what comes back of it is no speech: its level is
 * learnt while the replica speaks, from full scale downwards, and the threshold lies above it. Knows no voice from a
 * door: a model does. Allocates nothing after construction.
 */
export class Gate {
  readonly #windowFrames: number;
  /** Energies of the reference, a ring. */
  readonly #echoes = new Float32Array(echoWindows);
  #energy = 0;
  #echo = 0;
  #counted = 0;
  #window = 0;
  #floor = Number.NEGATIVE_INFINITY;
  /** Level of the window before. */
  #before = digitalSilenceDb;
  /** Windows since the last digital silence. */
  #sounding = 0;
  #coupling = 0;
  #followed = 0;
  #active = false;
  /** Windows above the threshold, or, in speech, below. */
  #run = 0;
  #runFrame = 0;

  /** `sampleRate`: Hz of the blocks. */
  constructor(sampleRate: number) {
    this.#windowFrames = Math.round(windowSeconds * sampleRate);
  }

  /** Whether somebody is taken to speak. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Takes a block of one or two channels that begins at context frame `frame`, and what the replica says meanwhile, if
   * known. Returns the frame at which speech began or ended, when `active` has just changed; else -1.
   */
  push(planes: readonly Float32Array[], frame: number, reference?: readonly Float32Array[]): number {
    const plane = planes[0];
    if (!plane) return -1;
    const echo = reference?.[0];
    let changed = -1;
    let at = 0;
    while (at < plane.length) {
      const end = Math.min(plane.length, at + this.#windowFrames - this.#counted);
      this.#energy += energy(plane, at, end, planes[1]);
      if (echo) this.#echo += energy(echo, at, end, reference?.[1]);
      this.#counted += end - at;
      at = end;
      if (this.#counted < this.#windowFrames) break;
      this.#echoes[this.#window++ % echoWindows] = this.#echo;
      if (this.#decide(this.#level(this.#energy), frame + at - this.#windowFrames)) changed = this.#runFrame;
      this.#energy = this.#echo = this.#counted = 0;
    }
    return changed;
  }

  #level(energy: number): number {
    return Math.max(digitalSilenceDb, 10 * Math.log10(energy / this.#windowFrames));
  }

  #decide(level: number, frame: number): boolean {
    const active = this.#active;
    this.#follow(level, active ? riseDb.speech : riseDb.quiet);
    const base = Math.max(this.#floor, this.#expectedEcho(level));
    const threshold = Math.max(base + thresholdDb, lowestDb) - (active ? hysteresisDb : 0);
    if (active ? level >= threshold : level < threshold) {
      this.#run = 0;
      return false;
    }
    if (this.#run++ === 0) this.#runFrame = frame;
    if (this.#run < (active ? hangoverWindows : attackWindows)) return false;
    this.#run = 0;
    this.#active = !active;
    return true;
  }

  /**
   * Tracks the noise by the window before, unless that is, or touches, digital silence: a device that has just begun, or
   * is no longer muted, is not speech. One that falls back into digital silence after a few words has no noise.
   */
  #follow(level: number, rise: number): void {
    const before = this.#before;
    if (level > digitalSilenceDb) {
      if (this.#sounding++ >= 2)
        this.#floor = Math.min(before, Number.isFinite(this.#floor) ? this.#floor + rise : before);
    } else {
      if (this.#sounding > attackWindows && this.#sounding < gatedWindows)
        this.#floor = Math.min(this.#floor, lowestDb - thresholdDb);
      this.#sounding = 0;
    }
    this.#before = level;
  }

  /** The level that the replica's own voice may have in the microphone now; learns from `level` what it has. */
  #expectedEcho(level: number): number {
    let peak = 0;
    for (let i = 0; i < echoWindows; i++) peak = Math.max(peak, this.#echoes[i] as number);
    const reference = this.#level(peak);
    if (reference < silentDb) return Number.NEGATIVE_INFINITY;
    const { upDb, downDb, firstWindows, inSpeech, learnt } = follow;
    const pace = this.#active ? inSpeech : 1;
    const down = Math.max(pace * downDb, Math.min(upDb, firstWindows / ++this.#followed));
    this.#coupling += Math.max(-down, Math.min(pace * upDb, level - reference - this.#coupling));
    return this.#active && this.#followed < learnt ? Number.NEGATIVE_INFINITY : reference + this.#coupling;
  }
}
