import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { levelDoubt } from "../../../src/turn/source-watch.js";
import { heardOnce } from "../../support/heard-once.js";
import { liveSource, noisePcm, pcmSource } from "../../support/pcm-source.js";
import { pseudoRandom } from "../../support/pseudo-random.js";
import { replicaRoom } from "../../support/replica-room.js";
import { speechRate, speech as spoken } from "../../support/speech.js";

const rate = 24_000;
/** Hz of the synthetic voice. */
const voice = 8000;
const decibels = (db: number): number => 10 ** (db / 20);

/** Two seconds of voiced bursts with pauses at 8 kHz, as floats; the highest sample is 1. */
function speech(seed: number): Float64Array {
  const random = pseudoRandom(seed);
  const pitch = 90 + 160 * random();
  const pace = 2 + 3 * random();
  const pause = random();
  const out = Float64Array.from({ length: 2 * voice }, (_, n) => {
    const time = n / voice;
    const envelope =
      Math.max(0, Math.sin(2 * Math.PI * pace * time) - 0.2) *
      (Math.sin(2 * Math.PI * 0.3 * time + 6 * pause) > -0.4 ? 1 : 0);
    const hz = pitch * (1 + 0.1 * Math.sin(2 * Math.PI * 0.7 * time));
    let sum = 0;
    for (let k = 1; k <= 6; k++) sum += Math.sin(2 * Math.PI * k * hz * time + k * k) / k;
    return envelope * sum + 0.002 * (random() - 0.5);
  });
  const peak = out.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return out.map((sample) => sample / peak);
}

const sentences: Record<string, string[]> = {
  "en-us": ["Good morning, how can I help you today?", "Six."],
  de: ["Guten Morgen, womit kann ich Ihnen helfen?", "Ja."],
  es: ["Buenos días, ¿en qué puedo ayudarle?", "Sí."],
  fr: ["Bonjour, comment puis-je vous aider ?", "Oui."],
};

const pcmOf = (samples: Float64Array, gain: number): Int16Array =>
  Int16Array.from(samples, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(32_767 * gain * sample))));

test("100 generated recordings of speech and 8 spoken ones, from full scale to 46 dB below: not one is doubted", async () => {
  const doubted: string[] = [];
  for (let seed = 1; seed <= 100; seed++) {
    const samples = speech(seed);
    for (const db of [0, -6, -26, -46]) {
      const doubt = levelDoubt(pcmOf(samples, decibels(db)), voice);
      if (doubt) doubted.push(`seed ${seed} at ${db} dB: ${doubt.message}`);
    }
  }
  for (const [language, texts] of Object.entries(sentences))
    for (const text of texts) {
      const said = await spoken(text, language);
      const peak = said.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      const samples = Float64Array.from(said, (sample) => sample / peak);
      for (const db of [0, -6, -26, -46]) {
        const doubt = levelDoubt(pcmOf(samples, decibels(db)), speechRate);
        if (doubt) doubted.push(`${text} at ${db} dB: ${doubt.message}`);
      }
    }
  expect(doubted).toEqual([]);
});

test("silence and clipping are told with their figures: zeros, tones, noise and speech at -70 dBFS, speech 40 dB above full scale", () => {
  const random = pseudoRandom(5);
  const samples = speech(3);
  const energy = samples.reduce((sum, sample) => sum + sample * sample, 0);
  const rms = Math.sqrt(energy / samples.length);
  const normal = (): number => random() + random() + random() + random() - 2;
  const silent: Record<string, Int16Array> = {
    zeros: new Int16Array(5 * rate),
    "a short one": new Int16Array(0.5 * rate),
    "a tone": pcmOf(
      samples.map((_, n) => Math.sin(n / 9)),
      decibels(-70),
    ),
    "noise of that RMS": pcmOf(
      samples.map(() => normal() * Math.sqrt(3)),
      decibels(-70),
    ),
    "speech of that RMS": pcmOf(samples, decibels(-70) / rms),
    "an offset": new Int16Array(5 * rate).fill(9),
  };
  for (const [name, pcm] of Object.entries(silent)) expect(levelDoubt(pcm, rate)?.code, name).toBe("source-silent");
  expect(levelDoubt(silent.zeros!, rate)?.message).toBe(
    "The source gave silence: 5.0 s at -Infinity dBFS RMS, peak -Infinity dBFS, 100 % of the samples 0.",
  );
  expect(levelDoubt(silent["a tone"]!, rate, () => "Its track is disabled.")?.message).toMatch(
    /-7[23]\.\d dBFS RMS, peak -(69|70)\.\d dBFS.* \(Its track is disabled\)\.$/,
  );
  for (let seed = 1; seed <= 20; seed++) {
    const doubt = levelDoubt(pcmOf(speech(seed), decibels(40)), voice);
    expect(doubt, `seed ${seed}`).toMatchObject({
      code: "source-clipped",
      message: expect.stringMatching(/\d\d % of its loud samples/),
    });
  }
  // Loud, and not clipped: noise over the whole range, and a tone at full scale.
  expect(levelDoubt(noisePcm(5 * rate), rate)).toBeUndefined();
  expect(
    levelDoubt(
      pcmOf(
        samples.map((_, n) => Math.sin(n / 9)),
        1,
      ),
      rate,
    ),
  ).toBeUndefined();
});

test("a turn is judged once: after 5 s, or at its end; what is shorter than 0.3 s or interrupted before is not", async () => {
  const { clock, replica, of, told, close } = await replicaRoom();
  const count = (): number => of("warning").length;
  await clock.advance(1);
  const begun = clock.now();
  const live = replica.speak(liveSource(clock, new Int16Array(12 * rate)));
  await clock.advance(4.9);
  expect(count()).toBe(0);
  await clock.advance(7);
  live.end();
  await clock.advance(5);
  expect(of("warning")).toMatchObject([{ code: "source-silent" }]);
  const at = told.find(({ type }) => type === "warning")!.at - begun;
  expect(at).toBeGreaterThanOrEqual(5);
  expect(at).toBeLessThan(5.2);
  replica.speak(pcmSource(new Int16Array(0.2 * rate)));
  await clock.advance(3);
  expect(count()).toBe(1);
  replica.speak(pcmSource(new Int16Array(rate), 1000));
  await clock.advance(3);
  expect(count()).toBe(2);
  const cut = replica.speak(liveSource(clock, new Int16Array(12 * rate)));
  await clock.advance(2);
  cut.interrupt();
  await clock.advance(3);
  expect((await cut.outcome).type).toBe("interrupted");
  expect(count()).toBe(2);
  await close();
});

test("a page that was blocked for 23 s: page-blocked, and every sample is heard", async () => {
  let jump = 0;
  const clock = new VirtualClock();
  const time = { now: () => clock.now() + jump, sleep: clock.sleep.bind(clock) };
  const { replica, room, of, close } = await replicaRoom({ clock }, { clock: time });
  await clock.advance(1);
  const pcm = noisePcm(30 * rate);
  let feed = (_: number): void => undefined;
  let end = (): void => undefined;
  let at = 0;
  const turn = replica.speak({
    live: true,
    open: async ({ ended }) =>
      new ReadableStream<Int16Array>(
        {
          start(controller) {
            feed = (seconds) => {
              for (const until = Math.min(pcm.length, at + seconds * rate); at < until; at += 1440)
                controller.enqueue(pcm.slice(at, at + 1440));
            };
            end = () => controller.close();
            ended.addEventListener("abort", end);
          },
        },
        { highWaterMark: Number.POSITIVE_INFINITY },
      ),
  });
  const run = async (seconds: number): Promise<void> => {
    for (let passed = 0; passed < seconds; passed += 0.06) {
      feed(0.06);
      await clock.advance(0.06);
    }
  };
  await run(2);
  jump = 23;
  feed(23);
  await run(5);
  turn.end();
  await clock.advance(60);
  expect(await turn.outcome).toMatchObject({ type: "spoken" });
  expect(of("warning")).toMatchObject([{ code: "page-blocked", message: expect.stringContaining("23.") }]);
  const pieces = (await room.turns()).map(({ pcm }) => pcm);
  // What closes an id that ran dry is said again under the next.
  expect(heardOnce(pcm.subarray(0, at), pieces)).toMatchObject({ missing: 0, strange: 0 });
  expect(at).toBeGreaterThan(29 * rate);
  await close();
});
