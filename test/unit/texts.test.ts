import { describe, expect, test } from "vitest";
import { asSentence, EchoError } from "../../src/errors.js";
import { RealtimeError } from "../../src/realtime/realtime-error.js";
import { ServiceError } from "../../src/server/service-error.js";
import { sourceTexts } from "../support/source-texts.js";

// The fake room's own texts in room/ and rest.ts are Daily's and Tavus' words, as they were seen.
const texts = sourceTexts(["src", "worklet"], /fake-room[\\/](room[\\/]room|rest)\.ts$/);

/** Errors that complete a message which ends in words from outside. */
const completed = /^(EchoError|RealtimeError|ServiceError)$/;
/** Texts that are shown together, as `${message} ${remedy}`. Misuse has no remedy, and may add a hint. */
const paired = /^(EchoError|RealtimeError|ServiceError|warning|remedy)$/;

describe("texts of errors and warnings", () => {
  test("all are found: every kind of error, warnings, and remedies", () => {
    console.log(`${texts.length} texts of errors and warnings`);
    expect(texts.length).toBeGreaterThan(200);
    for (const kind of ["EchoError", "RealtimeError", "ServiceError", "TypeError", "RangeError", "warning", "remedy"])
      expect(texts.filter((text) => text.kind === kind).length, kind).toBeGreaterThan(5);
  });

  test("each message with a remedy, and each remedy, is one sentence: it ends with the only full stop in it", () => {
    const wrong = texts.filter(({ kind, text }) => {
      const open = completed.test(kind) && text.endsWith("…");
      return paired.test(kind) && ((!text.endsWith(".") && !open) || /[.!?]["')]?\s/.test(text) || /\.\.$/.test(text));
    });
    expect(wrong).toEqual([]);
  });

  test("each message about misuse ends with a full stop, or with what was wrong", () => {
    // daily-js' own texts stay as they are.
    const own = texts.filter(({ at }) => !at.startsWith("src/fake-room/call/"));
    expect(own.filter(({ kind, text }) => !paired.test(kind) && !/[.…]$/.test(text))).toEqual([]);
  });

  test("each begins with a capital letter, a value, or a name of the code", () => {
    const name = /^[a-z]+([A-Z]\w*|[.(/-]|\s(must|takes|is)\b)/;
    expect(texts.filter(({ text }) => !/^["A-Z…]/.test(text) && !name.test(text))).toEqual([]);
  });

  test("a remedy says what to do: its first word is no article and no pronoun", () => {
    const remedies = texts.filter(({ kind }) => kind === "remedy");
    expect(remedies.filter(({ text }) => /^(The|A|An|This|It|There|Its)\b/.test(text))).toEqual([]);
  });
});

test("what comes from outside gets one full stop, whether it brought one or not", () => {
  for (const words of ["Failed to fetch", "Failed to fetch.", "Failed to fetch...", "Failed to fetch. \n"]) {
    expect(asSentence(words)).toBe("Failed to fetch.");
    const errors = [
      new EchoError("source-failed", `The input broke off: ${words}`),
      new RealtimeError("connection-lost", `OpenAI: ${words}`),
      new ServiceError("bad-request", `Tavus: ${words}`),
    ];
    for (const { message, remedy } of errors) expect(`${message} ${remedy}`).toMatch(/Failed to fetch\. [A-Z].*\.$/);
  }
});
