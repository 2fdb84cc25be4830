// What @deepgram/sdk can do against the mock of Deepgram.

import assert from "node:assert/strict";
import { DeepgramClient } from "@deepgram/sdk";

import { pieces, silence, speech } from "./audio.mjs";
import { capability, Inbox, played } from "./witness.mjs";

const RATE_HZ = 16_000;
const NOVA = { model: "nova-3", encoding: "linear16", sample_rate: RATE_HZ };
const FLUX = { model: "flux-general-en", encoding: "linear16", sample_rate: RATE_HZ };
const AURA = { model: "aura-2-thalia-en", encoding: "linear16", sample_rate: 24_000 };

function clientOf(there, apiKey = "any") {
  const environment = { base: there.httpUrl, production: there.url, agent: there.url, agentRest: there.httpUrl };
  return new DeepgramClient({ apiKey, environment, reconnect: false });
}

/** A socket of `listen.v1`, `listen.v2` or `speak.v1` that is open, and its messages. */
async function dialled(there, surface, query, { apiKey = "any" } = {}) {
  const [product, version] = surface.split(".");
  const socket = await clientOf(there, apiKey)[product][version].connect({ ...query, reconnectAttempts: 0 });
  const inbox = new Inbox();
  socket.on("message", (message) => inbox.told(message));
  socket.on("error", (error) => inbox.end(error.message));
  socket.on("close", (event) => inbox.end(`${event.code} ${event.reason}`));
  socket.connect();
  await socket.waitForOpen();
  return { socket, inbox };
}

const of = (inbox, type) => inbox.next((message) => message.type === type);
const answered = (status) => ({ message: `Unexpected server response: ${status}` });
const words = (text) => text.split(" ").filter(Boolean).length;

function speaks(socket, pcm) {
  for (const piece of pieces(pcm, RATE_HZ)) socket.sendMedia(piece);
}

capability("connect and close", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", NOVA);
  socket.sendCloseStream({ type: "CloseStream" });
  assert.equal((await of(inbox, "Metadata")).duration, 0);
  assert.match(await inbox.ending(), /^1000/);
});

capability("audio in, text out", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", NOVA);
  speaks(socket, speech(1, RATE_HZ));
  socket.sendFinalize({ type: "Finalize" });
  const result = await inbox.next((message) => message.type === "Results" && message.from_finalize);
  assert.equal(words(result.channel.alternatives[0].transcript), 4);
});

capability("VAD turn", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", { ...NOVA, vad_events: true, interim_results: true });
  speaks(socket, speech(1, RATE_HZ));
  speaks(socket, silence(1, RATE_HZ));
  await of(inbox, "SpeechStarted");
  const result = await inbox.next((message) => message.speech_final);
  assert.equal(words(result.channel.alternatives[0].transcript), 4);
});

capability("KeepAlive", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", NOVA);
  socket.sendKeepAlive({ type: "KeepAlive" });
  speaks(socket, speech(1, RATE_HZ));
  socket.sendCloseStream({ type: "CloseStream" });
  const metadata = await of(inbox, "Metadata");
  assert.equal(metadata.duration, 1);
});

capability("Finalize", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", NOVA);
  speaks(socket, speech(0.5, RATE_HZ));
  socket.sendFinalize({ type: "Finalize" });
  const result = await inbox.next((message) => message.type === "Results" && message.from_finalize);
  assert.equal(result.is_final, true);
});

capability("CloseStream", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v1", NOVA);
  speaks(socket, speech(1, RATE_HZ));
  socket.sendCloseStream({ type: "CloseStream" });
  const messages = await inbox.until((message) => message.type === "Metadata");
  const texts = messages.filter((each) => each.is_final).map((each) => each.channel.alternatives[0].transcript);
  assert.equal(words(texts.join(" ")), 4);
});

capability("Flux: VAD turn", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v2", FLUX);
  await of(inbox, "Connected");
  speaks(socket, speech(1, RATE_HZ));
  speaks(socket, silence(2, RATE_HZ));
  const ended = await inbox.next((message) => message.event === "EndOfTurn");
  assert.equal(words(ended.transcript), 4);
});

capability("Flux: ForceEndTurn", async (there) => {
  const { socket, inbox } = await dialled(there, "listen.v2", FLUX);
  speaks(socket, speech(1, RATE_HZ));
  await inbox.next((message) => message.event === "StartOfTurn");
  socket.sendForceEndTurn({ type: "ForceEndTurn" });
  await inbox.next((message) => message.event === "EndOfTurn");
});

capability("text in, audio out", async (there) => {
  const { socket, inbox } = await dialled(there, "speak.v1", AURA);
  socket.sendText({ type: "Speak", text: "one two three four" });
  socket.sendFlush({ type: "Flush" });
  const messages = await inbox.until((message) => message.type === "Flushed");
  const sizes = await Promise.all(messages.map(sizeOf));
  assert.equal(sizes.reduce((sum, each) => sum + each, 0), 4 * 12_000);
});

capability("speak REST", async (there) => {
  const answer = await clientOf(there).speak.v1.audio.generate({ ...AURA, text: "one two", container: "none" });
  assert.equal((await answer.arrayBuffer()).byteLength, 2 * 12_000);
});

capability("temporary token", async (there) => {
  const grant = await clientOf(there).auth.v1.tokens.grant();
  assert.ok(grant.access_token.length > 0);
  assert.ok(grant.expires_in > 0);
});

capability("refused key", async (there) => {
  await assert.rejects(dialled(there, "listen.v1", NOVA, { apiKey: "invalid" }), answered(401));
});

capability("sees a 429", async (there) => {
  await there.trouble({ refuse_upgrade: { status: 429, retry_after_s: 3 } });
  await assert.rejects(dialled(there, "listen.v1", NOVA), answered(429));
});

capability("sees close 1011", async (there) => {
  const { inbox } = await dialled(there, "listen.v1", NOVA);
  await there.trouble({ close_connection: { code: 1011, reason: "NET-0000" } }, { on: "live" });
  assert.equal(await inbox.ending(), "1011 NET-0000");
});

/** The bytes in a message, which are 0 in JSON. */
async function sizeOf(message) {
  if (message instanceof Blob) return message.size;
  return message.byteLength ?? 0;
}

await played();
