// What `openai` for JavaScript can do against the mock of OpenAI Realtime. It dials wss, whatever the base URL says.

import assert from "node:assert/strict";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";

import { pieces, silence, speech } from "./audio.mjs";
import { capability, Inbox, played } from "./witness.mjs";

// openai 7.57.0, realtime/internal-base.js: the protocol of every Realtime URL becomes wss.
const TLS = { transports: ["wss"] };
const RATE_HZ = 24_000;
const WEATHER = { type: "function", name: "weather", parameters: { type: "object", properties: {} } };
const TEXT = { type: "realtime", output_modalities: ["text"] };

const clientOf = (there, apiKey = "any") => new OpenAI({ apiKey, baseURL: `${there.httpUrl}/v1` });

/** A connection that has told its session.created; all events are in its inbox, errors too. */
async function dialled(there, { apiKey = "any", session, props = { model: "gpt-realtime" } } = {}) {
  const connection = new OpenAIRealtimeWS(props, clientOf(there, apiKey));
  const inbox = new Inbox();
  connection.on("event", (event) => inbox.told(event));
  // Without a listener the SDK makes every error an unhandled rejection.
  connection.on("error", (error) => inbox.told({ type: "sdk error", error }));
  // With recovery the SDK goes on over another socket.
  if (!props.reconnect) connection.socket.on("close", (code, reason) => inbox.end(`${code} ${reason}`));
  const first = await inbox.next();
  if (first.type === "sdk error") throw first.error;
  assert.equal(first.type, "session.created");
  if (session !== undefined) {
    connection.send({ type: "session.update", session });
    await of(inbox, "session.updated");
  }
  return { connection, inbox, first };
}

const of = (inbox, type) => inbox.next((event) => event.type === type);
const upTo = (inbox, type) => inbox.until((event) => event.type === type);
const deltas = (events, type) => events.filter((event) => event.type === type).map((event) => event.delta);

function asks(connection, text) {
  const content = [{ type: "input_text", text }];
  connection.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  connection.send({ type: "response.create" });
}

function speaks(connection, pcm) {
  for (const piece of pieces(pcm, RATE_HZ)) {
    connection.send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
  }
}

capability(
  "connect and close",
  async (there) => {
    const { connection, inbox, first } = await dialled(there);
    assert.equal(first.session.type, "realtime");
    connection.close();
    assert.equal(await inbox.ending(), "1000 OK");
  },
  TLS,
);

capability(
  "text in, text out",
  async (there) => {
    const { connection, inbox } = await dialled(there, { session: TEXT });
    asks(connection, "hello");
    const events = await upTo(inbox, "response.done");
    const { response } = events.at(-1);
    assert.equal(response.status, "completed");
    assert.equal(deltas(events, "response.output_text.delta").join(""), response.output[0].content[0].text);
  },
  TLS,
);

capability(
  "text in, audio out",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    asks(connection, "hello");
    const events = await upTo(inbox, "response.done");
    const audio = deltas(events, "response.output_audio.delta").map((delta) => Buffer.from(delta, "base64").length);
    const said = deltas(events, "response.output_audio_transcript.delta").join("");
    // 24 kHz of 16 bits, four words to the second.
    assert.equal(audio.reduce((sum, each) => sum + each, 0), said.trim().split(/\s+/).length * 12_000);
  },
  TLS,
);

capability(
  "audio in, audio out",
  async (there) => {
    const session = { type: "realtime", audio: { input: { turn_detection: null } } };
    const { connection, inbox } = await dialled(there, { session });
    speaks(connection, speech(1, RATE_HZ));
    connection.send({ type: "input_audio_buffer.commit" });
    connection.send({ type: "response.create" });
    const events = await upTo(inbox, "response.done");
    assert.ok(events.some((event) => event.type === "input_audio_buffer.committed"));
    assert.ok(deltas(events, "response.output_audio.delta").length > 0);
  },
  TLS,
);

capability(
  "VAD turn",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    speaks(connection, speech(1, RATE_HZ));
    speaks(connection, silence(1, RATE_HZ));
    const kinds = (await upTo(inbox, "response.done")).map((event) => event.type);
    const order = ["speech_started", "speech_stopped", "committed"].map((each) =>
      kinds.indexOf(`input_audio_buffer.${each}`),
    );
    assert.ok(order[0] >= 0 && order[0] < order[1] && order[1] < order[2], `they came as ${kinds}`);
  },
  TLS,
);

capability(
  "barge-in",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    asks(connection, "hello");
    await of(inbox, "response.output_audio.delta");
    // The answer is generated faster than it is heard: whoever waits longer finds nothing left to cancel.
    speaks(connection, speech(0.5, RATE_HZ));
    const { response } = await of(inbox, "response.done");
    assert.equal(response.status, "cancelled");
    assert.equal(response.status_details.reason, "turn_detected");
  },
  TLS,
);

capability(
  "transcription",
  async (there) => {
    const transcription = { model: "gpt-4o-mini-transcribe" };
    const session = { type: "realtime", audio: { input: { transcription } } };
    const { connection, inbox } = await dialled(there, { session });
    speaks(connection, speech(1, RATE_HZ));
    speaks(connection, silence(1, RATE_HZ));
    const { transcript } = await of(inbox, "conversation.item.input_audio_transcription.completed");
    assert.ok(transcript.split(" ").length >= 4);
  },
  TLS,
);

capability(
  "tools",
  async (there) => {
    const { connection, inbox } = await dialled(there, { session: { ...TEXT, tools: [WEATHER] } });
    asks(connection, "call weather");
    const { response } = await of(inbox, "response.done");
    const [call] = response.output;
    assert.deepEqual([call.type, call.name], ["function_call", "weather"]);
    JSON.parse(call.arguments);
    connection.send({
      type: "conversation.item.create",
      item: { type: "function_call_output", call_id: call.call_id, output: "sunny" },
    });
    connection.send({ type: "response.create" });
    assert.equal((await of(inbox, "response.done")).response.output[0].type, "message");
  },
  TLS,
);

capability(
  "cancel",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    asks(connection, "hello");
    await of(inbox, "response.output_audio.delta");
    connection.send({ type: "response.cancel" });
    const { response } = await of(inbox, "response.done");
    assert.deepEqual([response.status, response.status_details.reason], ["cancelled", "client_cancelled"]);
  },
  TLS,
);

capability(
  "truncate",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    asks(connection, "hello");
    const { response } = await of(inbox, "response.done");
    const cut = { item_id: response.output[0].id, content_index: 0, audio_end_ms: 500 };
    connection.send({ type: "conversation.item.truncate", ...cut });
    const { audio_end_ms } = await of(inbox, "conversation.item.truncated");
    assert.equal(audio_end_ms, 500);
  },
  TLS,
);

capability(
  "transcription session",
  async (there) => {
    const { inbox, first, connection } = await dialled(there, { props: { intent: "transcription" } });
    assert.equal(first.session.type, "transcription");
    speaks(connection, speech(1, RATE_HZ));
    connection.send({ type: "input_audio_buffer.commit" });
    await of(inbox, "input_audio_buffer.committed");
  },
  TLS,
);

capability("client secrets", async (there) => {
  const secret = await clientOf(there).realtime.clientSecrets.create({
    session: { type: "realtime", model: "gpt-realtime" },
  });
  assert.match(secret.value, /^ek_/);
  assert.equal(secret.session.type, "realtime");
});

capability(
  "error events",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    connection.send({ type: "conversation.item.delete", item_id: "item_nobody", event_id: "mine" });
    const { error } = await of(inbox, "sdk error");
    assert.equal(error.name, "OpenAIRealtimeError");
    assert.equal(error.error.event_id, "mine");
  },
  TLS,
);

capability(
  "refused key",
  async (there) => {
    const connection = new OpenAIRealtimeWS({ model: "gpt-realtime" }, clientOf(there, "invalid"));
    const closed = new Inbox();
    connection.on("error", (error) => closed.told(error));
    connection.socket.on("close", (code) => closed.told(code));
    assert.equal((await closed.next()).error?.code, "invalid_api_key");
    assert.equal(await closed.next((each) => typeof each === "number"), 3000);
  },
  TLS,
);

capability(
  "sees a 429",
  async (there) => {
    await there.trouble({ refuse_upgrade: { status: 429, retry_after_s: 3 } });
    await assert.rejects(dialled(there), /Unexpected server response: 429/);
  },
  TLS,
);

capability(
  "sees close 1011",
  async (there) => {
    const { inbox } = await dialled(there);
    await there.trouble({ close_connection: { code: 1011, reason: "keepalive ping timeout" } }, { on: "live" });
    assert.equal(await inbox.ending(), "1011 keepalive ping timeout");
  },
  TLS,
);

capability(
  "sees truncated-json",
  async (there) => {
    const { connection, inbox } = await dialled(there);
    await there.trouble({ bad_frame: { frame: "truncated-json" } }, { on: "live" });
    connection.send({ type: "input_audio_buffer.clear" });
    const { error } = await of(inbox, "sdk error");
    assert.match(error.message, /could not parse websocket event/);
  },
  TLS,
);

capability(
  "reconnection",
  async (there) => {
    const props = { model: "gpt-realtime", reconnect: { onReconnecting: () => {} } };
    const { connection, inbox } = await dialled(there, { props });
    const again = new Inbox();
    connection.on("reconnected", () => again.told("reconnected"));
    await there.trouble({ close_connection: { code: 1011 } }, { on: "live" });
    await again.next();
    await of(inbox, "session.created");
  },
  TLS,
);

await played();
