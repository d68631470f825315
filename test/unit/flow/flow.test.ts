import { expect, test } from "vitest";
import { samplesPerMessage } from "../../../src/flow/budget.js";
import { Pacer } from "../../../src/flow/pacer.js";
import { audioEcho } from "../../../src/tavus/interaction.js";
import { pseudoRandom } from "../../support/pseudo-random.js";

test("the budget fills the limit to less than one group, for every limit and the true envelope", () => {
  for (const conversationId of ["c0123456789abcdef", "c", undefined]) {
    const address = { conversationId, inferenceId: "01234567-89ab-cdef-0123-456789abcdef" };
    const envelope = JSON.stringify(audioEcho(address, 24_000, "", false)).length;
    for (let limit = envelope; limit < envelope + 3000; limit++) {
      const samples = samplesPerMessage(limit, envelope);
      const length = envelope + Math.ceil((samples * 2) / 3) * 4;
      expect(length).toBeLessThanOrEqual(limit);
      if (limit >= envelope + 8) {
        expect(samples % 3).toBe(0);
        expect(limit - length).toBeLessThan(8);
      }
    }
    expect(samplesPerMessage(envelope + 3, envelope)).toBe(0);
    expect(samplesPerMessage(0, envelope)).toBe(0);
    expect(samplesPerMessage(Number.NaN, envelope)).toBe(0);
  }
  // The figure of the documentation: 2892 bytes at 4096 characters and an envelope of 234.
  expect(samplesPerMessage(4096, 234) * 2).toBe(2892);
});

test.each([20, 5, 0.5, 3.7, 1000])("the pacer never exceeds %d messages/s in any second, and reaches it", (rate) => {
  const seed = 20_261_120 + rate;
  const random = pseudoRandom(seed);
  const pacer = new Pacer(rate);
  const times: number[] = [];
  let now = 0;
  pacer.restart(now);
  // Timers are late by up to 30 ms, and now and then by up to 3 s.
  while (now < Math.max(60, 400 / rate)) {
    while (pacer.delay(now) <= 0) {
      times.push(now);
      pacer.sent(now);
    }
    now += pacer.delay(now) + random() * (random() < 0.02 ? 3 : 0.03);
  }
  const window = Math.max(1, 1 / rate);
  // Less one where there are many: it is kept for an interrupt.
  const most = Math.max(1, Math.floor(rate) - (rate >= 10 ? 1 : 0));
  for (let n = most; n < times.length; n++)
    expect(times[n]! - times[n - most]!, `seed ${seed}, message ${n}`).toBeGreaterThanOrEqual(window - 1e-9);
  expect(times.length / now, `seed ${seed}`).toBeGreaterThan(Math.min(rate, most) * 0.6);
});

test("a stalled timer is caught up at once, as far as a second's messages go", () => {
  const pacer = new Pacer(20);
  pacer.restart(0);
  const burst = (now: number): number => {
    let sent = 0;
    for (; pacer.delay(now) <= 0; sent++) pacer.sent(now);
    return sent;
  };
  expect(burst(0)).toBe(1);
  expect(burst(0.06)).toBe(1);
  expect(burst(0.5)).toBe(8);
  // A background tab: timers once a second.
  for (let second = 2; second < 12; second++) expect(burst(second)).toBe(19);
});

test("no rate: no delay, and nothing is remembered", () => {
  const pacer = new Pacer(Number.POSITIVE_INFINITY);
  for (let n = 0; n < 1000; n++) {
    expect(pacer.delay(0)).toBe(0);
    pacer.sent(0);
  }
});
