// The twin of sdk_capabilities.py for Node.

import assert from "node:assert/strict";
import { capability, played } from "./witness.mjs";

capability("asks", async (there) => {
  await there.trouble("mute_pings");
  assert.match(there.url, /^wss?:\/\/127/);
});

capability("is red", async () => {
  throw new Error("the SDK saw nothing");
});

capability("hangs", () => new Promise(() => setInterval(() => {}, 1000)), { limit_s: 1.5 });

capability("dies", async () => {
  console.log("these are my last words");
  process.exit(3);
});

capability("TLS alone", async () => {}, { transports: ["wss"] });

await played();
