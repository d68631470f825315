// As far as the tests use them: neither package has types of its own.
declare module "howler" {
  export class Howl {
    constructor(options: { src: string[]; format?: string[]; html5?: boolean; onload?: () => void });
    play(): number;
    stop(): void;
    readonly _sounds: { _node: HTMLAudioElement }[];
  }
  export const Howler: { ctx: AudioContext; masterGain: GainNode; autoUnlock: boolean };
}

declare module "recordrtc" {
  export class RecordRTCPromisesHandler {
    constructor(
      stream: MediaStream,
      options: { type: "audio"; recorderType?: unknown; mimeType?: string; numberOfAudioChannels?: number },
    );
    startRecording(): Promise<void>;
    stopRecording(): Promise<void>;
    getBlob(): Promise<Blob>;
  }
  export const StereoAudioRecorder: unknown;
}
