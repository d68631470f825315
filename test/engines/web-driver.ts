import { type ChildProcess, spawn } from "node:child_process";
import { freePort } from "../support/free-port.js";
import type { EnginePage } from "./engine-page.js";

/**
 * A WebKitGTK page, driven over the W3C WebDriver protocol: the nearest thing to Safari that runs on Linux. Starts an X
 * server, WebKitWebDriver and MiniBrowser, each on a free port or display of its own.
 */
export async function openWebKit(env: Record<string, string> = {}): Promise<EnginePage> {
  const children: ChildProcess[] = [];
  const end = (): void => {
    for (const child of children.reverse()) if (child.exitCode === null) child.kill("SIGTERM");
  };
  try {
    const display = await startXvfb(children);
    const port = await freePort();
    const driver = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
      stdio: "ignore",
      env: {
        ...process.env,
        ...env,
        DISPLAY: display,
        // There is no graphics card.
        WEBKIT_DISABLE_COMPOSITING_MODE: "1",
        WEBKIT_DISABLE_DMABUF_RENDERER: "1",
        LIBGL_ALWAYS_SOFTWARE: "1",
      },
    });
    children.push(driver);
    const call = async (method: string, path: string, body?: object): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      const { value } = (await response.json()) as { value: unknown };
      if (!response.ok) throw new Error(`WebDriver ${path}: ${JSON.stringify(value).slice(0, 500)}`);
      return value;
    };
    await until(() => call("GET", "/status"), "WebKitWebDriver");
    const options = {
      binary: "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
      args: ["--automation", "--autoplay-policy=allow"],
    };
    const { sessionId, capabilities } = (await call("POST", "/session", {
      capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } },
    })) as { sessionId: string; capabilities: { browserName: string; browserVersion: string } };
    const session = `/session/${sessionId}`;
    await call("POST", `${session}/timeouts`, { script: 120_000 });
    return {
      version: `WebKitGTK ${capabilities.browserVersion}`,
      goto: async (url) => {
        await call("POST", `${session}/url`, { url });
      },
      run: async (body) => {
        const script = `const done = arguments[0]; (async () => { ${body} })().then((value) => done({ value }), (error) => done({ error: String(error) + " " + (error.stack ?? "") }));`;
        const result = (await call("POST", `${session}/execute/async`, { script, args: [] })) as {
          value?: unknown;
          error?: string;
        };
        if (result.error) throw new Error(result.error);
        return result.value;
      },
      close: async () => {
        await call("DELETE", session).catch(() => undefined);
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** The X server picks a free display by itself and says which. */
function startXvfb(children: ChildProcess[]): Promise<string> {
  const server = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(server);
  return new Promise((resolve, reject) => {
    server.once("error", reject).once("exit", (code) => reject(new Error(`Xvfb ended with ${code}.`)));
    server.stdout?.once("data", (data) => resolve(`:${String(data).trim()}`));
  });
}

async function until(ask: () => Promise<unknown>, name: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await ask();
      return;
    } catch (error) {
      if (tries > 100) throw new Error(`${name} does not answer.`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
