import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/**
 * A PulseAudio of our own, with devices that are plugged in and out by loading and unloading modules. It knows nothing
 * of the machine's sound: its files are in a folder of its own, and programs find it through `env` alone.
 */
export class PulseAudio {
  readonly env: Record<string, string>;
  readonly #daemon: ChildProcess;
  readonly #folder: string;
  #players: ChildProcess[] = [];

  private constructor(daemon: ChildProcess, folder: string) {
    this.#daemon = daemon;
    this.#folder = folder;
    this.env = environment(folder);
  }

  /** Starts it with a speaker that plays to nobody, at 48 kHz. */
  static async start(): Promise<PulseAudio> {
    const folder = mkdtempSync("/tmp/tavus-echo-pulse-");
    // The default is 44.1 kHz, from which browsers would record what the daemon has resampled.
    writeFileSync(join(folder, "daemon.conf"), "default-sample-rate = 48000\nalternate-sample-rate = 48000\n");
    const daemon = spawn(
      "pulseaudio",
      [
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--disallow-exit",
        "--log-target=stderr",
        ...[
          "module-native-protocol-unix",
          "module-cli-protocol-unix",
          "module-null-sink sink_name=speaker rate=48000",
        ].map((load) => `--load=${load}`),
      ],
      { env: { ...process.env, ...environment(folder) }, stdio: "ignore" },
    );
    const pulse = new PulseAudio(daemon, folder);
    for (let tries = 0; ; tries++) {
      if (daemon.exitCode !== null) throw new Error(`pulseaudio ended with ${daemon.exitCode}.`);
      const up = await pulse.#pactl("info").catch(() => undefined);
      if (up) {
        pulse.#play("cat /dev/zero", "speaker");
        return pulse;
      }
      if (tries > 50) throw new Error("pulseaudio does not answer.");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Plugs in a microphone that hears `wav` (48 kHz, mono, 44 bytes of header) in a loop without a seam. Gives what unplugs it. */
  async plug(name: string, wav: string): Promise<() => Promise<void>> {
    const cable = await this.#pactl(
      "load-module",
      "module-null-sink",
      `sink_name=${name}-cable`,
      "rate=48000",
      "channels=1",
    );
    // Browsers hide monitors: a remapped one is a device like any other.
    const device = await this.#pactl(
      "load-module",
      "module-remap-source",
      `source_name=${name}`,
      `master=${name}-cable.monitor`,
      `source_properties=device.description=${name}`,
    );
    await this.#pactl("set-default-source", name);
    const player = this.#play('while :; do tail -c +45 "$1"; done', `${name}-cable`, resolve(wav));
    return async () => {
      const recordings = await this.#recordings(device);
      await this.#pactl("unload-module", device);
      // The daemon has moved who recorded to the speaker's monitor, as a desktop does when it has another microphone.
      for (const recording of recordings)
        await exec("pacmd", ["kill-source-output", recording], { env: { ...process.env, ...this.env } });
      this.#stop(player);
      await this.#pactl("unload-module", cable);
    };
  }

  /** Mutes a microphone, as its own switch or the system's settings do. */
  async mute(name: string, muted: boolean): Promise<void> {
    await this.#pactl("set-source-mute", name, muted ? "1" : "0");
  }

  /** Makes a microphone the system's default. */
  async setDefault(name: string): Promise<void> {
    await this.#pactl("set-default-source", name);
  }

  /** Ends the daemon and every player. */
  async close(): Promise<void> {
    for (const player of this.#players) this.#stop(player);
    const gone = new Promise((resolve) => this.#daemon.once("exit", resolve));
    this.#daemon.kill("SIGTERM");
    if (this.#daemon.exitCode === null) await gone;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /**
   * Plays what a shell command writes (48 kHz, mono, s16le) to a sink, 20 ms at a time. Until somebody asks for as little,
   * a null sink takes two seconds at once: WebKitGTK's media elements then stand still, and give nothing, for up to 1.5 s.
   */
  #play(command: string, sink: string, ...args: string[]): ChildProcess {
    const play = `${command} | pacat --latency-msec=20 --raw --format=s16le --rate=48000 --channels=1 --device="$0"`;
    const player = spawn("sh", ["-c", play, sink, ...args], {
      env: { ...process.env, ...this.env },
      stdio: "ignore",
      detached: true,
    });
    this.#players.push(player);
    return player;
  }

  #stop(player: ChildProcess): void {
    this.#players = this.#players.filter((other) => other !== player);
    if (player.pid && player.exitCode === null) process.kill(-player.pid, "SIGTERM");
  }

  /** Who records from the source of a module. */
  async #recordings(module: string): Promise<string[]> {
    const sources = JSON.parse(await this.#pactl("--format=json", "list", "sources")) as {
      index: number;
      owner_module: number;
    }[];
    const source = sources.find(({ owner_module }) => owner_module === Number(module));
    const recordings = JSON.parse(await this.#pactl("--format=json", "list", "source-outputs")) as {
      index: number;
      source: number;
    }[];
    return recordings.filter((recording) => recording.source === source?.index).map(({ index }) => String(index));
  }

  async #pactl(...args: string[]): Promise<string> {
    const { stdout } = await exec("pactl", args, { env: { ...process.env, ...this.env } });
    return stdout.trim();
  }
}

function environment(folder: string): Record<string, string> {
  return {
    XDG_RUNTIME_DIR: folder,
    PULSE_CONFIG: join(folder, "daemon.conf"),
    PULSE_RUNTIME_PATH: join(folder, "pulse"),
    PULSE_STATE_PATH: join(folder, "state"),
    PULSE_SERVER: `unix:${join(folder, "pulse", "native")}`,
  };
}
