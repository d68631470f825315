import { dailyTransport, EchoError, microphone, pcm, Replica, type Turn } from "tavus-echo";
import { holdToTalk } from "./hold.js";
import { logMessage } from "./message-log.js";
import { element } from "./page.js";
import { type Backstage, openEntrance, watchSent } from "./room.js";
import { loadSynthesiser, synthesise, synthRate, type Word } from "./synth.js";
import { follow, sent } from "./timeline.js";

const room = element("room", HTMLElement);
const notice = element("notice", HTMLElement);
const caption = element("caption", HTMLElement);
const join = element("join", HTMLFormElement);
const enter = element("enter", HTMLButtonElement);
const say = element("say", HTMLFormElement);
const text = element("text", HTMLTextAreaElement);
const hold = element("hold", HTMLButtonElement);
const level = element("level", HTMLMeterElement);
const stats = element("stats", HTMLElement);

/** With `?processing=off` in the address the microphone is taken as it is, without echo cancellation and the like. */
const untouched =
  new URLSearchParams(location.search).get("processing") === "off"
    ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false }
    : undefined;

join.addEventListener("submit", (event) => {
  event.preventDefault();
  enter.disabled = true;
  void enterRoom(element("url", HTMLInputElement).value.trim()).catch((error: unknown) => {
    enter.disabled = false;
    tell(error);
  });
});

async function enterRoom(url: string): Promise<void> {
  room.textContent = "Joining…";
  loadSynthesiser();
  const entrance = await openEntrance(url);
  watchSent(entrance.call, (data) => {
    logMessage({ direction: "out", data });
    drawSent(data);
  });
  const replica = new Replica({ transport: dailyTransport(entrance.call) });
  Object.assign(globalThis, {
    demo: { replica, room: entrance.room, call: entrance.call } satisfies Backstage & { replica: Replica },
  });
  const mic = microphone({ preRollSeconds: 0.2, ...(untouched && { constraints: untouched }) });
  replica.on("error", tell);
  replica.on("warning", ({ message, remedy }) => tell(`${message} ${remedy}`));
  replica.on("raw", ({ message }) => {
    // The heartbeat would drown everything else.
    if (!JSON.stringify(message).includes("_present")) logMessage({ direction: "in", data: message });
  });
  replica.on("state", ({ state }) => {
    room.textContent = `${state === "ready" ? "In" : `${state}:`} ${entrance.name}`;
  });
  replica.attach(element("video", HTMLVideoElement));
  mic.on("level", (value) => {
    level.value = Math.min(1, value * 4);
  });

  // The click on "Join" is the one gesture: permission, unlocked audio and loading errors come now. Without a
  // microphone the rest of the page still works.
  const prepared = replica.prepare(mic).then(() => {
    hold.disabled = false;
  }, tell);
  await entrance.call.join({ url: entrance.url, ...(entrance.token && { token: entrance.token }) });
  join.hidden = true;
  await Promise.all([replica.ready, prepared]);
  wire(replica, mic);
}

function wire(replica: Replica, mic: ReturnType<typeof microphone>): void {
  let talking: Turn | undefined;
  holdToTalk(
    hold,
    () => {
      talking = show(replica.speak(mic));
    },
    () => talking?.end(),
  );

  say.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (!words) return;
    const asText = event.submitter instanceof HTMLButtonElement && event.submitter.value === "text";
    if (asText) show(replica.say(words));
    else speakAudio(replica, words);
  });
  const interrupt = element("interrupt", HTMLButtonElement);
  interrupt.addEventListener("click", () => {
    replica.interrupt();
    caption.textContent = "";
  });
  for (const control of [text, interrupt, element("speak", HTMLButtonElement), element("echo", HTMLButtonElement)])
    control.disabled = false;

  setInterval(() => {
    const now = replica.stats();
    const figures = {
      "sent, not yet heard": `${now.leadSeconds.toFixed(1)} s`,
      messages: `${now.messages} (${now.messagesPerSecond.toFixed(0)}/s)`,
      "message limit": `${now.maxMessageLength} characters`,
      "speak() to first message": now.firstChunkMs === undefined ? "–" : `${now.firstChunkMs.toFixed(0)} ms`,
      "speak() to first sound": now.firstSpeechMs === undefined ? "–" : `${now.firstSpeechMs.toFixed(0)} ms`,
    };
    stats.replaceChildren(
      ...Object.entries(figures).flatMap(([name, value]) => {
        const term = document.createElement("dt");
        const figure = document.createElement("dd");
        term.textContent = name;
        figure.textContent = value;
        return [term, figure];
      }),
    );
  }, 250);
}

/** Captions follow what is heard, not what was sent: each word is a cue of the turn. */
function speakAudio(replica: Replica, words: string): void {
  const cues: Word[] = [];
  let turn: Turn | undefined;
  const cue = (word: Word): void => {
    turn?.at(word.start, () => {
      // The last forty characters or so, from the start of a word on.
      const from = word.from <= 40 ? 0 : words.indexOf(" ", word.from - 40) + 1;
      caption.textContent = words.slice(from, word.from + word.length);
    });
  };
  const voice = synthesise(words, "en-us", (word) => (turn ? cue(word) : cues.push(word)));
  turn = show(replica.speak(pcm(voice, { encoding: "s16le", sampleRate: synthRate })));
  cues.forEach(cue);
}

function show(turn: Turn): Turn {
  notice.textContent = "";
  follow(turn);
  void turn.outcome.then((outcome) => {
    const seconds = `heard ${outcome.heardSeconds.toFixed(1)} of ${outcome.sentSeconds.toFixed(1)} s (${outcome.basis})`;
    caption.textContent = outcome.type === "spoken" ? "" : `${outcome.type}: ${seconds}`;
  });
  return turn;
}

function drawSent(data: unknown): void {
  const { properties } = data as { properties?: Record<string, unknown> };
  if (typeof properties?.audio !== "string") return;
  const bytes = Uint8Array.from(atob(properties.audio), (character) => character.charCodeAt(0));
  sent(String(properties.inference_id), new Int16Array(bytes.buffer), Number(properties.sample_rate));
}

function tell(problem: unknown): void {
  notice.textContent =
    problem instanceof EchoError
      ? `${problem.message} ${problem.remedy}`
      : problem instanceof Error
        ? problem.message
        : String(problem);
}
