import type { Utterance } from "../replica/utterance.js";

/**
 * Plays what the replica says into a track. A view of the model, never its clock: a context that is suspended, as all
 * are before a gesture, only makes the track silent.
 */
export class Loudspeaker {
  /** The replica's voice. */
  readonly track: MediaStreamTrack;
  readonly #context: AudioContext;
  readonly #destination: MediaStreamAudioDestinationNode;
  readonly #speed: number;
  #utterance: Utterance | undefined;
  /** Samples of the utterance that were handed to the context. */
  #scheduled = 0;
  #sources = new Set<AudioBufferSourceNode>();

  /** Opens an AudioContext. `speed` is the room's. */
  constructor(speed: number) {
    // 24 kHz is what is sent nearly always: then nothing is resampled, and pieces join without a seam.
    this.#context = new AudioContext({ sampleRate: 24_000 });
    this.#destination = this.#context.createMediaStreamDestination();
    this.#destination.channelCount = 1;
    this.#speed = speed;
    const [track] = this.#destination.stream.getAudioTracks();
    if (!track) throw new Error("The browser made no audio track.");
    this.track = track;
  }

  /** Hands over what has arrived since the last call; `now` is the model's time. Another utterance cuts off the one before it. */
  update(utterance: Utterance | undefined, now: number): void {
    if (this.#context.state === "suspended" && navigator.userActivation?.hasBeenActive) void this.#context.resume();
    if (utterance !== this.#utterance) {
      // One that was spoken to its end has run out by itself.
      if (this.#utterance?.outcome === "interrupted" || this.#utterance?.outcome === "cut") this.#silence();
      this.#utterance = utterance;
      this.#scheduled = 0;
    }
    if (!utterance?.started || this.#context.state !== "running") return;
    const heard = utterance.heardFrames(now);
    const from = Math.max(this.#scheduled, heard);
    const pcm = utterance.slice(from, utterance.receivedFrames);
    if (pcm.length === 0) return;
    this.#scheduled = from + pcm.length;
    const buffer = this.#context.createBuffer(1, pcm.length, utterance.sampleRate);
    buffer.copyToChannel(
      Float32Array.from(pcm, (value) => value / 32_768),
      0,
    );
    const source = new AudioBufferSourceNode(this.#context, { buffer, playbackRate: this.#speed });
    source.connect(this.#destination);
    source.onended = () => this.#sources.delete(source);
    this.#sources.add(source);
    source.start(this.#timeOf(utterance, from, heard));
  }

  /** Ends the track and closes the context. */
  close(): void {
    this.#silence();
    this.track.stop();
    void this.#context.close();
  }

  #timeOf(utterance: Utterance, frame: number, heard: number): number {
    if (this.#base?.utterance !== utterance || frame === heard) {
      // A little ahead, so that the first samples are not late.
      const time = this.#context.currentTime + 0.02;
      this.#base = { utterance, frame, time: Math.round(time * this.#context.sampleRate) / this.#context.sampleRate };
    }
    return this.#base.time + (frame - this.#base.frame) / (utterance.sampleRate * this.#speed);
  }

  /** Where the current stretch of sound began: pieces behind it start to the sample, not by the clock. */
  #base: { utterance: Utterance; frame: number; time: number } | undefined;

  #silence(): void {
    for (const source of this.#sources) source.stop();
    this.#sources.clear();
    this.#base = undefined;
  }
}
