/** Milliseconds, one for each time it was measured. */
export interface VoiceLatencies {
  firstEcho: number[];
  interrupt: number[];
  reaction: number[];
}

declare global {
  interface Window {
    /** Makes the provider answer by itself. */
    answer(): Promise<void>;
  }
}

/** Runs in the page: everything it uses comes from `window.lib` or its argument. */
export async function measureVoice(options: {
  url: string;
  answers: number;
  interruptions: number;
}): Promise<VoiceLatencies> {
  const { Daily, echo, fakeRoom, realtime } = window.lib;
  const room = await fakeRoom.createFakeRoom();
  const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: room.dailyConfig });
  await call.join({ url: room.url });
  const marks = new Map<string, number>();
  const mark = (name: string): void => {
    if (!marks.has(name)) marks.set(name, performance.now());
  };
  const since = (from: string, to: string): number => (marks.get(to) ?? Number.NaN) - (marks.get(from) ?? Number.NaN);

  const sendAppMessage = call.sendAppMessage.bind(call);
  call.sendAppMessage = (data, to) => {
    if (data.event_type === "conversation.echo") mark("echo");
    if (data.event_type === "conversation.interrupt") mark("interrupt");
    return sendAppMessage(data, to);
  };
  // Listens before the voice does, so that its own parsing counts.
  class MarkingSocket extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }: MessageEvent<string>) => {
        if (data.includes('"response.output_audio.delta"')) mark("delta");
        if (data.includes('"input_audio_buffer.speech_started"')) mark("reported");
      });
    }
  }

  let loud = 0;
  const input = {
    live: true,
    open: async () =>
      new ReadableStream<Int16Array>({
        start(controller) {
          setInterval(() => {
            const chunk = new Int16Array(960);
            if (loud > 0) {
              chunk.fill(8000);
              mark("word");
            }
            loud = Math.max(0, loud - 0.04);
            controller.enqueue(chunk);
          }, 40);
        },
      }),
  };
  const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
  const voice = new realtime.RealtimeVoice({
    ...{ replica, input, url: options.url, webSocket: MarkingSocket },
    secret: async () => "ek_bench",
    // The caller's words are not answered: the bench asks for every answer itself.
    session: { turnDetection: { type: "server_vad", create_response: false } },
  });
  const next = (type: "speaking" | "silent"): Promise<void> =>
    new Promise((resolve) => {
      const off = replica.on(type, () => {
        off();
        resolve();
      });
    });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await voice.open();

  const found: VoiceLatencies = { firstEcho: [], interrupt: [], reaction: [] };
  for (let n = 0; n < options.answers; n++) {
    marks.clear();
    const silent = next("silent");
    await window.answer();
    await silent;
    await pause(50);
    found.firstEcho.push(since("delta", "echo"));
  }
  for (let n = 0; n < options.interruptions; n++) {
    const speaking = next("speaking");
    await window.answer();
    await speaking;
    // Anywhere between two chunks of the input.
    await pause(300 + 37 * (n % 5));
    marks.clear();
    const silent = next("silent");
    loud = 0.2;
    await silent;
    await pause(900);
    found.interrupt.push(since("word", "interrupt"));
    found.reaction.push(since("reported", "interrupt"));
  }
  await voice.close();
  return found;
}
