import type { FakeReplica } from "../replica/replica.js";
import { drawFace, faceSize } from "./face.js";
import { Loudspeaker } from "./loudspeaker.js";
import { ease, mouthOf, restingMouth, windowFrames } from "./mouth.js";

/** Pictures a second. */
const frameRate = 30;

/** The replica's face and voice as real tracks, drawn and played from what the model is saying at this very moment. */
export class ReplicaMedia {
  readonly #replica: FakeReplica;
  readonly #now: () => number;
  readonly #speaker: Loudspeaker;
  readonly #canvas: CanvasRenderingContext2D;
  readonly #video: MediaStreamTrack;
  readonly #timer: ReturnType<typeof setInterval>;
  #mouth = restingMouth;
  #drawnAt = 0;

  /** `now` is the model's clock. Throws where there is no AudioContext or canvas. */
  constructor(replica: FakeReplica, now: () => number, speed: number) {
    this.#replica = replica;
    this.#now = now;
    const canvas = document.createElement("canvas");
    canvas.width = faceSize;
    canvas.height = faceSize;
    const context = canvas.getContext("2d");
    const [track] = canvas.captureStream(frameRate).getVideoTracks();
    if (!context || !track) throw new Error("The browser made no video track.");
    this.#canvas = context;
    this.#video = track;
    this.#speaker = new Loudspeaker(speed);
    this.#timer = setInterval(() => this.#update(), 1000 / frameRate);
    this.#update();
  }

  /** The replica's voice. Whoever publishes it clones it. */
  get audio(): MediaStreamTrack {
    return this.#speaker.track;
  }

  /** The replica's face, square, 30 pictures a second. */
  get video(): MediaStreamTrack {
    return this.#video;
  }

  /** Ends both tracks. */
  close(): void {
    clearInterval(this.#timer);
    this.#speaker.close();
    this.#video.stop();
  }

  #update(): void {
    const now = this.#now();
    const utterance = this.#replica.current;
    this.#speaker.update(utterance, now);
    let target = restingMouth;
    if (utterance?.started) {
      const half = windowFrames(utterance.sampleRate) / 2;
      const heard = utterance.heardFrames(now);
      // In a gap nothing sounds.
      if (heard < utterance.receivedFrames)
        target = mouthOf(utterance.slice(Math.max(0, heard - half), heard + half), utterance.sampleRate);
    }
    const wall = performance.now() / 1000;
    this.#mouth = ease(this.#mouth, target, Math.min(0.2, wall - this.#drawnAt));
    this.#drawnAt = wall;
    drawFace(this.#canvas, this.#mouth, wall);
  }
}
