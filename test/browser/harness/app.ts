/** A small app as users write them, which knows nothing of fake rooms: it joins the conversation that its server gave it. */
import Daily from "@daily-co/daily-js";
import { dailyTransport, pcm, Replica } from "tavus-echo";

const url = "https://tavus.daily.co/c0123456789abcdef";
const button = (id: string): HTMLButtonElement => document.querySelector<HTMLButtonElement>(`#${id}`)!;
const state = document.querySelector("#state")!;

const avoidEval = new URLSearchParams(location.search).has("avoidEval");
const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: { avoidEval } });
const replica = new Replica({ transport: dailyTransport(call) });
replica.attach(document.querySelector<HTMLVideoElement>("#face")!);
replica.on("speaking", () => {
  state.textContent = "Speaking";
});
replica.on("silent", () => {
  state.textContent = "Listening";
});
replica.on("state", ({ state: now }) => {
  button("hello").disabled = now !== "ready";
});
replica.on("error", ({ message }) => console.error(message));
call.on("error", ({ errorMsg }) => {
  state.textContent = errorMsg;
});

button("join").onclick = async () => {
  await call.join({ url });
  state.textContent = "Connected";
};
button("hello").onclick = () => {
  const tone = Int16Array.from({ length: 12_000 }, (_, n) =>
    Math.round(9000 * Math.sin((2 * Math.PI * 440 * n) / 24_000)),
  );
  replica.speak(pcm(tone, { encoding: "s16le", sampleRate: 24_000 }));
};
button("type").onclick = () => {
  replica.say("Good morning");
};
