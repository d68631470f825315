import { expect, test } from "@playwright/test";

// The replica's level through the real client's own observer, against the fake's call machine. Judged by basis, by who
// runs what, and by readings between two others; not by the wall clock.
test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
});

for (const client of ["Daily", "Daily087"] as const) {
  test(`no events: turns are placed by the replica's level, and the observer ends with them (${client})`, async ({
    page,
  }) => {
    test.slow();
    const found = await page.evaluate(async (client) => {
      const { dailyRoom, noisePcm, pcmSource, same } = window.lib;
      const { replica, room, call, codes, until, close } = await dailyRoom({
        client,
        room: { maxMessageLength: 100_000, faults: { silent: true } },
        replica: { messagesPerSecond: Number.POSITIVE_INFINITY },
      });
      const running = (): boolean => call.isRemoteParticipantsAudioLevelObserverRunning();
      const loud: number[] = [];
      call.on("remote-participants-audio-level", ({ participantsAudioLevel }) => {
        loud.push(...Object.values(participantsAudioLevel).filter((level) => level > 0.01));
      });
      const loaded = (): number =>
        performance.getEntriesByType("resource").filter(({ name }) => /level/.test(name)).length;
      const before = { running: running(), loaded: loaded() };
      const bases: string[] = [];
      const heard: unknown[] = [];
      const off: number[] = [];
      for (let n = 0; n < 3; n++) {
        const pcm = noisePcm(60_000, n);
        const turn = replica.speak(pcmSource(pcm, 5000));
        if (n > 0) {
          await until(() => turn.position.basis !== "estimate");
          bases.push(`${turn.state} ${turn.position.basis}`);
          await until(() => turn.position.seconds > 1);
          // The room's figure belongs to a moment between these two.
          const low = turn.position.seconds;
          const said = (await room.turns()).at(-1)!.seconds;
          off.push(Math.max(0, low - said, said - turn.position.seconds));
        }
        const { type, basis, heardSeconds } = await turn.outcome;
        const last = (await room.turns()).at(-1)!;
        heard.push([type, basis, heardSeconds, last.id === turn.id, same(last.pcm, pcm)]);
      }
      const during = { running: running(), loaded: loaded() };
      await until(() => !running());
      const warnings = codes("warning");
      const quiet = loud.filter((level) => !(level > 0.01 && level < 1)).length;
      await close();
      return { before, bases, heard, during, warnings, readings: loud.length > 20, quiet, off };
    }, client);
    console.log(
      `${client}: position off by ${found.off.map((seconds) => `${(seconds * 1000).toFixed(0)} ms`).join(", ")}`,
    );
    const { off, during, ...rest } = found;
    expect(off).toHaveLength(2);
    expect(during.running).toBe(true);
    expect(during.loaded).toBeGreaterThan(0);
    expect(rest).toEqual({
      before: { running: false, loaded: 0 },
      bases: [1, 2].map(() => expect.stringMatching(/^(sent|speaking) media$/)),
      heard: Array.from({ length: 3 }, () => ["spoken", "media", 2.5, true, true]),
      warnings: [],
      readings: true,
      quiet: 0,
    });
  });
}

test("a room where events come loads nothing and observes nothing; the app's own observer is left running", async ({
  page,
}) => {
  test.slow();
  expect(
    await page.evaluate(async () => {
      const { dailyRoom, noisePcm, pcmSource } = window.lib;
      const events = await dailyRoom({ room: { maxMessageLength: 100_000 } });
      const outcome = await events.replica.speak(pcmSource(noisePcm(48_000), 5000)).outcome;
      const loaded = performance.getEntriesByType("resource").filter(({ name }) => /level/.test(name)).length;
      const observed = events.call.isRemoteParticipantsAudioLevelObserverRunning();
      await events.close();

      const silent = await dailyRoom({ room: { maxMessageLength: 100_000, faults: { silent: true } } });
      await silent.call.startRemoteParticipantsAudioLevelObserver(100);
      for (let n = 0; n < 2; n++) await silent.replica.speak(pcmSource(noisePcm(48_000, n), 5000)).outcome;
      const { basis } = await silent.replica.speak(pcmSource(noisePcm(48_000), 5000)).outcome;
      await silent.replica.close();
      await silent.sleep(0.1);
      const apps = silent.call.isRemoteParticipantsAudioLevelObserverRunning();
      await silent.close();

      // A client that refuses: said once, and turns are settled as estimates.
      const refusing = await dailyRoom({
        room: { maxMessageLength: 100_000, faults: { silent: true, audioLevels: false } },
      });
      const bases: string[] = [];
      for (let n = 0; n < 2; n++)
        bases.push((await refusing.replica.speak(pcmSource(noisePcm(48_000, n), 5000)).outcome).basis);
      const warnings = refusing.codes("warning");
      await refusing.close();
      return { type: outcome.type, basis: outcome.basis, loaded, observed, media: basis, apps, bases, warnings };
    }),
  ).toEqual({
    type: "spoken",
    basis: "event",
    loaded: 0,
    observed: false,
    media: "media",
    apps: true,
    bases: ["estimate", "estimate"],
    warnings: ["level-not-observed", "heard-unconfirmed"],
  });
});
