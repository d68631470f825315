import { afterEach, describe, expect, test } from "vitest";
import { closeWorlds, codes, setUp } from "../support/voice-set-up.js";

afterEach(closeWorlds);

type Fields = Record<string, unknown>;
const update = (session: { of(type: "session.update"): { session: unknown }[] }, n = 0): Fields =>
  session.of("session.update")[n]!.session as Fields;
const messages = (errors: readonly Error[]): string => errors.map(({ message }) => message).join("\n");

/** The session settings of Tavus' own speech-to-speech guide, to the letter. */
const tavusExample = {
  turn_detection: { type: "server_vad" },
  input_audio_format: "pcm16",
  output_audio_format: "pcm16",
  voice: "sage",
  modalities: ["audio"],
  temperature: 0.8,
  instructions: "You are an AI assistant in a voice call. Respond to the user's audio input.",
};
const translated = {
  type: "realtime",
  output_modalities: ["audio"],
  instructions: tavusExample.instructions,
  audio: {
    input: {
      format: { type: "audio/pcm", rate: 24_000 },
      turn_detection: { type: "server_vad" },
      transcription: { model: "gpt-transcribe" },
    },
    output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "sage" },
  },
};

describe("older names", () => {
  test.each([
    ["its session settings", { ...tavusExample, websocket_url: "wss://old.test" }, ["temperature", "websocket_url"]],
    [
      "the whole layer of the persona",
      {
        ...{ provider: "openai", api_key: "sk-of-the-account", websocket_url: "wss://old.test" },
        session_settings: tavusExample,
      },
      ["provider", "api_key", "websocket_url", "temperature"],
    ],
  ] as const)(
    "when the session is Tavus' own example, %s, then what has a counterpart is translated and the rest reported",
    async (_, session, wanted) => {
      const { world, open, errors } = await setUp({ voice: { session } });
      await open();
      expect(update(world.server.session)).toEqual(translated);
      expect(codes(errors)).toEqual(wanted.map(() => "option-unsupported"));
      for (const name of wanted) expect(messages(errors)).toContain(name);
      const all = JSON.stringify(world.server.session.received);
      expect(all).not.toContain("sk-of-the-account");
      expect(world.server.session.refusals).toEqual([]);
    },
  );

  test("when other older names come, then each becomes its counterpart", async () => {
    const session = {
      input_audio_transcription: { model: "whisper-1" },
      input_audio_noise_reduction: { type: "near_field" },
      max_response_output_tokens: 300,
      tool_choice: "auto",
      tools: [{ type: "function", name: "f", parameters: {} }],
      id: "sess_copied",
      object: "realtime.session",
    };
    const { world, open, errors } = await setUp({ voice: { session } });
    await open();
    expect(update(world.server.session)).toMatchObject({
      max_output_tokens: 300,
      tool_choice: "auto",
      tools: [{ type: "function", name: "f", parameters: {} }],
      audio: { input: { transcription: { model: "whisper-1" }, noise_reduction: { type: "near_field" } } },
    });
    expect([world.server.session.refusals, errors]).toEqual([[], []]);
  });

  test("when an older server speaks, then the current names are translated for it", async () => {
    const session = {
      output_modalities: ["audio"],
      max_output_tokens: 300,
      audio: { input: { turn_detection: { type: "server_vad" } }, output: { voice: "sage" } },
    };
    const { world, open, errors } = await setUp({ voice: { session }, server: { dialect: "beta" } });
    await open();
    expect(update(world.server.session)).toMatchObject({
      ...{ modalities: ["text", "audio"], voice: "sage", turn_detection: { type: "server_vad" } },
      max_response_output_tokens: 300,
    });
    expect([world.server.session.refusals, errors]).toEqual([[], []]);
  });

  test("when the provider does not know a setting, then it is left out and reported, and the session opens", async () => {
    const { world, open, errors, voice } = await setUp({
      voice: { session: { instrutcions: "Typo.", voice: "sage" } },
    });
    await open();
    expect(voice.state).toBe("open");
    expect(codes(errors)).toEqual(["option-unsupported"]);
    expect(errors[0]!.message).toContain("instrutcions");
    expect(update(world.server.session, 1)).toMatchObject({ audio: { output: { voice: "sage" } } });
  });
});

describe("what the secret fixed", () => {
  test("when it fixed modalities, formats, voice and transcription, then no default replaces them, and they are what is read and sent", async () => {
    const fixed = {
      output_modalities: ["text"],
      instructions: "You are fixed.",
      audio: {
        input: { format: { type: "audio/pcmu" }, transcription: { model: "gpt-4o-transcribe", language: "de" } },
        output: { format: { type: "audio/pcma" }, voice: "cedar" },
      },
    };
    const { audio } = await import("../support/open-source.js");
    const { world, voice, open } = await setUp({ server: { fixed }, voice: { audio } });
    await open();
    expect(update(world.server.session)).toEqual({ type: "realtime", audio: {} });
    expect(world.server.session.config).toMatchObject(fixed);
    // A byte of µ-law for three samples; the encoder's filter holds a few ms back.
    await world.advance(1);
    const bytes = world.server.session.inputBytes.reduce((sum, { length }) => sum + length, 0);
    const given = world.caller.given.reduce((sum, { length }) => sum + length, 0);
    expect(given / 3 - bytes).toBeGreaterThanOrEqual(0);
    expect(given / 3 - bytes).toBeLessThan(80);
    voice.say("Hello.");
    await world.advance(0.1);
    expect(world.server.session.of("response.create")[0]!.response!.instructions).toMatch(/^You are fixed\./);
  });

  test("when the app names a setting itself, then that one is written", async () => {
    const fixed = { audio: { output: { format: { type: "audio/pcma" }, voice: "cedar" } } };
    const session = { outputFormat: "pcm", voice: "marin" } as const;
    const { world, open } = await setUp({ server: { fixed }, voice: { session } });
    await open();
    expect(update(world.server.session)).toMatchObject({
      audio: { output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "marin" } },
    });
  });
});

describe("language", () => {
  const transcriptionAfter = async (session: object, fixed?: Fields): Promise<unknown> => {
    const { world, voice, open } = await setUp({ voice: { session }, ...(fixed && { server: { fixed } }) });
    await open();
    voice.update({ language: "fr" });
    await world.advance(0.1);
    const { config } = world.server.session;
    expect(config.instructions).toMatch(/The conversation is in French \(fr\)\./);
    return (config.audio as { input: { transcription: unknown } }).input.transcription;
  };

  test("when it is updated, then the transcription's model stays: the default, the app's, the secret's", async () => {
    expect(await transcriptionAfter({})).toEqual({ model: "gpt-transcribe", language: "fr" });
    expect(await transcriptionAfter({ transcription: { model: "mine", prompt: "Tea." } })).toEqual({
      ...{ model: "mine", prompt: "Tea.", language: "fr" },
    });
    const fixed = { audio: { input: { transcription: { model: "theirs" } } } };
    expect(await transcriptionAfter({}, fixed)).toEqual({ model: "theirs", language: "fr" });
  });

  test("when the transcription is off, then it stays off", async () => {
    expect(await transcriptionAfter({ transcription: null })).toBe(null);
  });

  test("when it is set, then the answers are in it: the session's instructions say so, and those of a say() too", async () => {
    const { world, voice, open } = await setUp({ voice: { session: { instructions: "Be kind.", language: "de" } } });
    await open();
    voice.say("Guten Tag.");
    await world.advance(0.1);
    const { session } = world.server;
    expect(update(session).instructions).toBe(
      "Be kind.\n\nThe conversation is in German (de). Answer in it unless the caller asks for another language.",
    );
    expect(session.of("response.create")[0]!.response!.instructions).toMatch(
      /^Be kind\.\n\n.*German.*\n\n[\s\S]*Guten/,
    );
    voice.update({ instructions: "Be brief." });
    await world.advance(0.1);
    expect(update(session, 1).instructions).toMatch(/^Be brief\.\n\nThe conversation is in German/);
  });
});

test("when inputFormat changes, then it holds from the next connection on: each hears what it was told", async () => {
  const { audio } = await import("../support/open-source.js");
  const { world, voice, open } = await setUp({ voice: { audio } });
  await open();
  voice.update({ inputFormat: "mulaw" });
  await world.advance(1);
  const bytesOf = (n: number): number =>
    world.server.sessions[n]!.inputBytes.reduce((sum, { length }) => sum + length, 0);
  const first = bytesOf(0);
  expect(first / 48_000).toBeGreaterThan(0.9);
  world.server.session.drop();
  await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
  await world.advance(2);
  expect(update(world.server.sessions[1]!)).toMatchObject({ audio: { input: { format: { type: "audio/pcmu" } } } });
  // 2 s, and what was kept while the connection was away.
  expect(bytesOf(1) / 8000).toBeGreaterThan(2.3);
  expect(bytesOf(1) / 8000).toBeLessThan(2.8);
});
