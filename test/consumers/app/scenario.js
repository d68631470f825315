/**
 * What every consumer's page does with the package, whatever bundled it: joins the fake room with the real daily-js,
 * records for a second, and leaves what the room heard on `window.report`.
 *
 * The address of the page chooses: `source` (tone, microphone), `worklet`, `wasm` and `machine` (URLs of copied files).
 */
export async function scenario({ Daily, createFakeRoom, echo }) {
  const { Replica, dailyTransport, microphone, audioNode } = echo;
  const query = new URLSearchParams(location.search);
  const machineUrl = query.get("machine") ?? undefined;
  const context = new AudioContext({ sampleRate: 48_000 });
  const room = await createFakeRoom({ ...(machineUrl && { machineUrl }), seed: 1 });
  const call = Daily.createCallObject({
    audioSource: false,
    videoSource: false,
    dailyConfig: { ...room.dailyConfig, avoidEval: true },
  });
  const replica = new Replica({
    transport: dailyTransport(call),
    audio: {
      context,
      ...(query.has("worklet") && { workletUrl: query.get("worklet") }),
      ...(query.has("wasm") && { wasmUrl: query.get("wasm") }),
    },
  });
  replica.on("error", () => undefined);
  const source =
    query.get("source") === "microphone"
      ? microphone({ constraints: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } })
      : audioNode(tone(context));
  await replica.prepare(source);
  await call.join({ url: room.url });
  await replica.ready;

  const turn = replica.speak(source);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  turn.end();
  const outcome = await turn.outcome;
  const turns = await room.turns();
  await replica.close();
  await call.destroy();
  return {
    outcome: { ...outcome, ...(outcome.error && { error: plain(outcome.error) }) },
    turns: turns.map(({ pcm, ...turn }) => ({ ...turn, pcm: Array.from(pcm) })),
  };
}

function tone(context) {
  const oscillator = new OscillatorNode(context, { frequency: 1000 });
  const half = new GainNode(context, { gain: 0.5 });
  oscillator.connect(half);
  oscillator.start();
  return half;
}

/** An error as data that leaves the page. */
const plain = ({ name, code, message, remedy, cause }) => ({
  name,
  code,
  message,
  remedy,
  cause: cause && String(cause),
});

/** Runs the scenario and reports to the test, whatever happens. */
export async function report(parts) {
  document.title = "running";
  window.report = await scenario(parts).catch((error) => ({ error: plain(error) }));
  document.title = "done";
}
