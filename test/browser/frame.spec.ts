/** `Daily.createFrame()`, Tavus' first way to embed: the real client of the frame, over a stand-in for the page in it. */
import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";
import { prebuiltPage } from "./harness/prebuilt.js";

for (const client of ["Daily", "Daily087"] as const)
  test(`${client}: a turn through a call frame is heard, every sample; attach() is refused with a remedy`, async ({
    page,
  }) => {
    await page.route("https://tavus.daily.co/**", (route) =>
      route.fulfill({ contentType: "text/html", body: prebuiltPage }),
    );
    await openHarness(page);
    const result = await page.evaluate(async (name) => {
      const { echo, fakeRoom, noisePcm, same, seatPrebuilt, ...lib } = window.lib;
      const room = await fakeRoom.createFakeRoom({ maxMessageLength: 20_000 });
      const factory = lib[name] as typeof lib.Daily;
      const call = factory.createFrame(document.body, { url: room.url });
      seatPrebuilt(room, call.iframe() as HTMLIFrameElement);
      const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
      await call.join();
      await replica.ready;
      const pcm = noisePcm(36_000, 7);
      const turn = replica.speak(echo.pcm(pcm, { encoding: "s16le", sampleRate: 24_000 }));
      const outcome = await turn.outcome;
      const [heard] = await room.turns();
      let refusal = "";
      try {
        replica.attach(document.createElement("video"));
      } catch (error) {
        refusal = `${(error as Error).name}: ${(error as Error).message}`;
      }
      const { maxMessageLength } = replica.stats();
      const conversations = new Set(
        room.messages.map(({ data }) => (data as { conversation_id?: string }).conversation_id),
      );
      await replica.close();
      await call.destroy();
      room.close();
      return {
        ...{ outcome, refusal, maxMessageLength, one: conversations.size, id: room.conversationId },
        ...{ equal: heard !== undefined && same(heard.pcm, pcm), ids: [...conversations] },
      };
    }, client);
    expect(result).toMatchObject({
      outcome: { type: "spoken", basis: "event" },
      equal: true,
      maxMessageLength: 20_000,
    });
    expect(result.outcome.heardSeconds).toBeCloseTo(1.5, 3);
    expect(result.ids).toEqual([result.id]);
    expect(result.refusal).toMatch(/^TypeError: attach\(\): a call frame .* call object\.$/);
  });
