import { expect, test } from "@playwright/test";

for (const client of ["Daily", "Daily087"] as const)
  test(`the real daily-js joins, sends and hears the replica (${client})`, async ({ page }) => {
    await page.goto("/");
    await page.waitForFunction(() => window.lib);
    const result = await page.evaluate(async (client) => {
      const { createFakeRoom } = window.lib.fakeRoom;
      const room = await createFakeRoom();
      const call = (window.lib[client] as typeof window.lib.Daily).createCallObject({
        audioSource: false,
        videoSource: false,
        dailyConfig: room.dailyConfig as object,
      });
      const events: { type: string; fromId: string }[] = [];
      const joined: string[] = [];
      call.on("participant-joined", ({ participant }) => joined.push(participant.user_id));
      const stopped = new Promise<void>((resolve) => {
        call.on("app-message", ({ data, fromId }) => {
          events.push({ type: data.event_type, fromId });
          if (data.event_type === "conversation.replica.stopped_speaking") resolve();
        });
      });
      await call.join({ url: room.url });
      const info = await call.room();
      // A second and a half of a ramp, in messages of 60 ms.
      const pcm = Int16Array.from({ length: 36_000 }, (_, n) => (n * 7) % 65_536);
      for (let at = 0; at < pcm.length; at += 1440) {
        const bytes = new Uint8Array(pcm.slice(at, at + 1440).buffer);
        call.sendAppMessage({
          message_type: "conversation",
          event_type: "conversation.echo",
          conversation_id: room.conversationId,
          properties: {
            modality: "audio",
            audio: btoa(String.fromCharCode(...bytes)),
            sample_rate: 24_000,
            inference_id: "ramp",
            done: at + 1440 >= pcm.length,
          },
        });
      }
      await stopped;
      const [turn] = await room.turns();
      const replicaId = Object.values(call.participants()).find(({ user_id }) =>
        user_id.includes("tavus-replica"),
      )?.session_id;
      await call.leave();
      await call.destroy();
      room.close();
      return {
        joined,
        exact: turn!.pcm.length === pcm.length && turn!.pcm.every((value, n) => value === pcm[n]),
        outcome: turn!.outcome,
        limit: (info as { domainConfig: { max_app_message_size: number } }).domainConfig.max_app_message_size,
        fromReplica: events.every(({ fromId }) => fromId === replicaId),
        types: events.map(({ type }) => type).filter((type) => !type.endsWith("_present")),
      };
    }, client);
    expect(result.joined).toEqual([expect.stringContaining("tavus-replica")]);
    expect(result).toMatchObject({ exact: true, outcome: "spoken", limit: 4096, fromReplica: true });
    expect(result.types.slice(0, 4)).toEqual([
      "system.replica_joined",
      "system.pal_joined",
      "conversation.joined",
      "conversation.joined",
    ]);
  });
