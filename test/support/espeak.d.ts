declare module "@echogarden/espeak-ng-emscripten" {
  interface SynthEvent {
    type: string;
    /** Milliseconds. */
    audio_position: number;
    /** Characters, from 1. */
    text_position: number;
    word_length: number;
  }
  interface Synthesiser {
    get_samplerate(): number;
    set_voice(name: string): void;
    /** Blocks until all is said; a true answer of the callback stops it. */
    synthesize(
      text: string,
      callback: (audio: Int16Array<ArrayBuffer> | undefined, events: SynthEvent[]) => boolean,
    ): void;
  }
  export default function createEspeak(): Promise<{ eSpeakNGWorker: new () => Synthesiser }>;
}
