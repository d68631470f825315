import { expect, test } from "@playwright/test";

// Whose events settle a turn, over the real daily-js. Every turn leaves at once and whole (no limit of messages), so that
// a wrong event finds it waiting for its stop. Judged by the order of messages and the basis, not by the wall clock.
test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
});

const spoken = { type: "spoken", heardSeconds: 3, sentSeconds: 3 };

test("a greeting settles nothing: the turn behind it is settled by its own stop", async ({ page }) => {
  expect(
    await page.evaluate(async () => {
      const { dailyRoom, noisePcm, pcmSource, same } = window.lib;
      const { replica, room, of, stops, until, close } = await dailyRoom({
        room: { maxMessageLength: 100_000, model: { greeting: "Hello, I am here to help you." } },
        replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
      });
      await until(() => of("speaking").length === 1);
      const pcm = noisePcm(72_000);
      const turn = replica.speak(pcmSource(pcm, 5000));
      // The greeting's stop comes under several names: the last of them finds what the first has done.
      const during: string[] = [];
      replica.on("raw", ({ message }) => {
        const { event_type, inference_id } = message as Record<string, string>;
        if (event_type!.endsWith("stopped_speaking") && inference_id === stops()[0])
          during.push(`${turn.state === "settled"} ${turn.position.basis}`);
      });
      const outcome = await turn.outcome;
      const ended = stops();
      const turns = await room.turns();
      const result = {
        greeted: (of("speaking")[0] as { turn?: unknown }).turn === undefined,
        during,
        outcome,
        heard: turns.map(({ id, outcome, pcm: heard }) => [id === turn.id, outcome, same(heard, pcm)]),
        stops: ended.length,
        own: ended[1] === turns[0]!.eventId,
        last: (of("speaking").at(-1) as { turn?: unknown }).turn === turn,
        errors: of("error").length,
      };
      await close();
      return result;
    }),
  ).toEqual({
    greeted: true,
    during: ["false estimate", "false estimate", "false estimate"],
    outcome: { ...spoken, basis: "event" },
    heard: [[true, "spoken", true]],
    stops: 2,
    own: true,
    last: true,
    errors: 0,
  });
});

// Seven and a half seconds of greeting, a second of ours: by the clock alone it would be over long before it is heard.
test("a short turn behind a long greeting is heard after it, not by the clock", async ({ page }) => {
  test.slow();
  expect(
    await page.evaluate(async () => {
      const { dailyRoom, noisePcm, pcmSource, same } = window.lib;
      const greeting =
        "Hello and welcome, it is very nice to have you here today, I am here to help you with whatever you like.";
      const { replica, room, of, stops, until, close } = await dailyRoom({
        room: { maxMessageLength: 100_000, model: { greeting } },
        replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
      });
      await until(() => of("speaking").length === 1);
      const pcm = noisePcm(24_000);
      const turn = replica.speak(pcmSource(pcm, 5000));
      const order: string[] = [];
      const note = (what: string): void => void (order.at(-1) === what || order.push(what));
      void turn.started.then((yes) => note(`started ${yes}`));
      void turn.outcome.then(() => note("settled"));
      turn.at(0.5, () => note("cue"));
      replica.on("raw", ({ message }) => {
        const { event_type } = message as Record<string, string>;
        if (event_type!.endsWith("replica.stopped_speaking")) note(stops().length === 1 ? "greeted" : "said");
      });
      // While the greeting lasts.
      const during = new Set<string>();
      const watch = setInterval(() => {
        if (stops().length === 0 && turn.state !== "opening" && turn.state !== "streaming")
          during.add(`${turn.state} ${turn.position.seconds} ${turn.position.basis} ${replica.stats().leadSeconds}`);
      }, 50);
      const outcome = await turn.outcome;
      clearInterval(watch);
      await Promise.resolve();
      const [heard, ...more] = await room.turns();
      const result = {
        order,
        during: [...during],
        outcome,
        heard: [heard!.id === turn.id, heard!.outcome, same(heard!.pcm, pcm), more.length],
        errors: of("error").length,
      };
      await close();
      return result;
    }),
  ).toEqual({
    order: ["greeted", "started true", "cue", "said", "settled"],
    during: ["sent 0 estimate 1"],
    outcome: { type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" },
    heard: [true, "spoken", true, 0],
    errors: 0,
  });
});

// As long as ours and begun just before it: by its duration and its time alone, their stop could be ours.
test("another client's echo settles nothing, not even one of the same length that began just before", async ({
  page,
}) => {
  expect(
    await page.evaluate(async () => {
      const { dailyRoom, echo, noisePcm, pcmSource, same } = window.lib;
      const { call, replica, room, of, stops, until, close } = await dailyRoom({
        room: { maxMessageLength: 1_000_000 },
        replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
      });
      // Another client of the same room: its own transport and Replica.
      const other = new echo.Replica({ transport: room.transport(), messagesPerSecond: Number.POSITIVE_INFINITY });
      await other.ready;
      const pcms = [noisePcm(72_000, 1), noisePcm(72_000, 2)] as const;
      const theirs = other.speak(pcmSource(pcms[0]));
      await until(() => of("speaking").length === 1);
      const turn = replica.speak(pcmSource(pcms[1], 5000));
      const theirOutcome = await theirs.outcome;
      const outcome = await turn.outcome;
      const ended = stops();
      const turns = await room.turns();
      const result = {
        first: (of("speaking")[0] as { turn?: unknown }).turn === undefined,
        visible: Object.keys(call.participants()).length,
        theirOutcome,
        outcome,
        heard: turns.map(({ outcome, pcm }, n) => [outcome, same(pcm, pcms[n]!)]),
        own: [turns[0]!.id === theirs.id, turns[1]!.id === turn.id],
        stops: ended.map((id) => turns.findIndex(({ eventId }) => eventId === id)),
        errors: of("error").length,
      };
      await other.close();
      await close();
      return result;
    }),
  ).toEqual({
    first: true,
    visible: 3,
    theirOutcome: { ...spoken, basis: "event" },
    outcome: { ...spoken, basis: "event" },
    heard: [
      ["spoken", true],
      ["spoken", true],
    ],
    own: [true, true],
    stops: [0, 1],
    errors: 0,
  });
});

// Tavus itself is silent here: whatever settles by event was forged. The last test shows that the same messages settle
// a turn when they come from a sender that is trusted.
for (const when of ["there", "gone"] as const)
  test(`a participant that is not the replica settles nothing (${when} when its events come)`, async ({ page }) => {
    expect(
      await page.evaluate(async (when) => {
        const { dailyRoom, noisePcm, pcmSource, same, settling } = window.lib;
        const { replica, room, call, of, echoes, until, close } = await dailyRoom({
          room: { maxMessageLength: 100_000, faults: { silent: true, audioLevels: false } },
          replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
        });
        const mallory = room.participant({ userName: "Mallory" });
        await until(() => mallory.id in call.participants());
        const pcm = noisePcm(72_000);
        const turn = replica.speak(pcmSource(pcm, 5000));
        const forged: { fromReplica: boolean; visible: boolean; settled: boolean; basis: string }[] = [];
        replica.on("raw", ({ fromId, fromReplica }) => {
          const visible = mallory.id in call.participants();
          const { state, position } = turn;
          if (fromId === mallory.id)
            forged.push({ fromReplica, visible, settled: state === "settled", basis: position.basis });
        });
        await until(() => echoes().some(({ done }) => done));
        // On their way when the sender leaves.
        if (when === "gone") room.set({ latencySeconds: 0.3 });
        for (const message of settling(turn.id, 3)) mallory.send(message);
        if (when === "gone") mallory.leave();
        room.set({ latencySeconds: 0 });
        await until(() => forged.length === 5);
        const told = [of("silent").length, of("error").length];
        const outcome = await turn.outcome;
        const [heard, ...more] = await room.turns();
        const result = {
          forged: forged.map(({ fromReplica, visible, settled, basis }) => [fromReplica, visible, settled, basis]),
          told,
          outcome,
          heard: [heard!.id === turn.id, heard!.outcome, same(heard!.pcm, pcm), more.length],
        };
        await close();
        return result;
      }, when),
    ).toEqual({
      forged: Array.from({ length: 5 }, () => [false, when === "there", false, "estimate"]),
      told: [0, 0],
      outcome: { ...spoken, basis: "estimate" },
      heard: [true, "spoken", true, 0],
    });
  });

test("a sender that never was a participant is trusted: its events settle turns", async ({ page }) => {
  expect(
    await page.evaluate(async () => {
      const { dailyRoom, noisePcm, pcmSource, same, settling } = window.lib;
      const { replica, room, call, of, echoes, stops, until, close } = await dailyRoom({
        room: { maxMessageLength: 100_000, model: { eventsFrom: "hidden" } },
        replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
      });
      const senders = new Set<string>();
      const trusted = new Set<boolean>();
      replica.on("raw", ({ fromId, fromReplica }) => {
        senders.add(fromId in call.participants() ? "participant" : fromId);
        trusted.add(fromReplica);
      });
      const pcms = [noisePcm(72_000, 1), noisePcm(72_000, 2)];
      const outcomes = [await replica.speak(pcmSource(pcms[0]!, 5000)).outcome];
      const ended = stops();
      const own = (await room.turns())[0]!.eventId === ended[0];
      // Tavus falls silent; what the untrusted sent in vain now comes from the hidden sender.
      room.set({ silent: true });
      const turn = replica.speak(pcmSource(pcms[1]!, 5000));
      await until(() => echoes().filter(({ done }) => done).length === 2);
      for (const event of settling(turn.id, 3)) room.emit(event);
      outcomes.push(await turn.outcome);
      const turns = await room.turns();
      const result = {
        senders: [senders.size, senders.has("participant"), senders.has("")],
        trusted: [...trusted],
        outcomes,
        stops: [ended.length, own],
        heard: turns.map(({ outcome, pcm }, n) => [outcome, same(pcm, pcms[n]!)]),
        errors: of("error").length,
      };
      await close();
      return result;
    }),
  ).toEqual({
    senders: [1, false, false],
    trusted: [true],
    outcomes: [
      { ...spoken, basis: "event" },
      { ...spoken, basis: "event" },
    ],
    stops: [1, true],
    heard: [
      ["spoken", true],
      ["spoken", true],
    ],
    errors: 0,
  });
});
