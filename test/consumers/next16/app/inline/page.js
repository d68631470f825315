"use client";
import { useEffect } from "react";
import { createFakeRoom } from "tavus-echo/fake-room";
import { audioNode, dailyTransport, microphone, Replica } from "tavus-echo/inline";
import { report } from "../../scenario.js";

let started = false;

/** The package is imported at the top, so that the server's rendering imports it too. */
export default function Page() {
  useEffect(() => {
    if (started) return;
    started = true;
    import("@daily-co/daily-js").then(({ default: Daily }) =>
      report({ Daily, createFakeRoom, echo: { Replica, audioNode, dailyTransport, microphone } }),
    );
  }, []);
  return <p>inline</p>;
}
