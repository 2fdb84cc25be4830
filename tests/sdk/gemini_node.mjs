// What @google/genai can do against the mock of Gemini Live.

import assert from "node:assert/strict";
import { GoogleGenAI, Modality } from "@google/genai";

import { pieces, silence, speech } from "./audio.mjs";
import { capability, Inbox, played } from "./witness.mjs";

const MODEL = "gemini-live-2.5-flash-preview";
const RATE_HZ = 16_000;
const WEATHER = { name: "weather", parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } } };
const AUDIO = { responseModalities: [Modality.AUDIO] };
const TEXT = { responseModalities: [Modality.TEXT] };

/** A client and a session, whose messages are in its inbox. */
async function dialled(there, config, { apiKey = "any", apiVersion } = {}) {
  const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: there.httpUrl, apiVersion } });
  const inbox = new Inbox();
  const session = await client.live.connect({
    model: MODEL,
    config,
    callbacks: {
      onmessage: (message) => inbox.told(message),
      onerror: (event) => inbox.end(event.message),
      onclose: (event) => inbox.end(`${event.code} ${event.reason}`),
    },
  });
  return { client, session, inbox };
}

const says = (session, text) =>
  session.sendClientContent({ turns: [{ role: "user", parts: [{ text }] }], turnComplete: true });

const turn = (inbox) => inbox.until((message) => message.serverContent?.turnComplete);

/** The texts of one kind of transcription in a turn, joined. */
const spoken = (messages, kind) => messages.map((each) => each.serverContent?.[kind]?.text ?? "").join("");

function speaks(session, pcm) {
  for (const piece of pieces(pcm, RATE_HZ)) {
    session.sendRealtimeInput({ audio: { data: piece.toString("base64"), mimeType: `audio/pcm;rate=${RATE_HZ}` } });
  }
}

capability("connect and close", async (there) => {
  const { session, inbox } = await dialled(there, TEXT);
  await inbox.next((message) => message.setupComplete);
  session.close();
  assert.match(await inbox.ending(), /1000|1005/);
});

capability("text in, text out", async (there) => {
  const { session, inbox } = await dialled(there, TEXT);
  says(session, "hello");
  const messages = await turn(inbox);
  assert.ok(messages.map((message) => message.text ?? "").join("").split(" ").length > 3);
  assert.ok(messages.at(-1).usageMetadata.totalTokenCount > 0);
});

capability("text in, audio out", async (there) => {
  const { session, inbox } = await dialled(there, { ...AUDIO, outputAudioTranscription: {} });
  says(session, "hello");
  const messages = await turn(inbox);
  const bytes = messages.map((message) => Buffer.from(message.data ?? "", "base64").length);
  const words = spoken(messages, "outputTranscription").trim().split(/\s+/).length;
  // 24 kHz of 16 bits, four words to the second.
  assert.equal(bytes.reduce((sum, each) => sum + each, 0), words * 12_000);
});

capability("audio in, audio out", async (there) => {
  const { session, inbox } = await dialled(there, { ...AUDIO, inputAudioTranscription: {} });
  speaks(session, speech(1, RATE_HZ));
  session.sendRealtimeInput({ audioStreamEnd: true });
  const messages = await turn(inbox);
  assert.equal(spoken(messages, "inputTranscription").trim().split(/\s+/).length, 4);
  assert.ok(messages.some((message) => message.data));
});

capability("VAD turn", async (there) => {
  const { session, inbox } = await dialled(there, { ...TEXT, inputAudioTranscription: {} });
  speaks(session, speech(1, RATE_HZ));
  speaks(session, silence(2, RATE_HZ));
  const messages = await turn(inbox);
  assert.equal(spoken(messages, "inputTranscription").trim().split(/\s+/).length, 4);
});

capability("barge-in", async (there) => {
  const { session, inbox } = await dialled(there, AUDIO);
  says(session, "hello");
  await inbox.next((message) => message.data);
  speaks(session, speech(1, RATE_HZ));
  await inbox.next((message) => message.serverContent?.interrupted);
});

capability("tools", async (there) => {
  const { session, inbox } = await dialled(there, { ...TEXT, tools: [{ functionDeclarations: [WEATHER] }] });
  says(session, "call weather");
  const { toolCall } = await inbox.next((message) => message.toolCall);
  const [call] = toolCall.functionCalls;
  assert.equal(call.name, "weather");
  session.sendToolResponse({ functionResponses: [{ id: call.id, name: call.name, response: { output: "sunny" } }] });
  assert.ok((await turn(inbox)).some((message) => message.text));
});

capability("resumption", async (there) => {
  const first = await dialled(there, { ...TEXT, sessionResumption: {} });
  says(first.session, "hello");
  const { sessionResumptionUpdate: update } = await first.inbox.next(
    (message) => message.sessionResumptionUpdate?.resumable,
  );
  first.session.close();
  await first.inbox.ending();
  const second = await dialled(there, { ...TEXT, sessionResumption: { handle: update.newHandle } });
  says(second.session, "and now?");
  await turn(second.inbox);
});

capability("goAway", async (there) => {
  const { session, inbox } = await dialled(there, TEXT);
  says(session, "hello");
  await turn(inbox);
  await there.trouble({ go_away: { time_left_s: 0.5 } }, { on: "live" });
  const { goAway } = await inbox.next((message) => message.goAway);
  assert.equal(goAway.timeLeft, "0.500s");
  assert.match(await inbox.ending(), /^1008 /);
});

capability("auth tokens", async (there) => {
  const api = { apiVersion: "v1alpha" };
  const client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: there.httpUrl, ...api } });
  const token = await client.authTokens.create({ config: { uses: 1 } });
  const { session, inbox } = await dialled(there, TEXT, { apiKey: token.name, ...api });
  says(session, "hello");
  await turn(inbox);
});

capability("generate_content", async (there) => {
  const client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: there.httpUrl } });
  const answer = await client.models.generateContent({ model: "gemini-2.5-flash", contents: "hello" });
  assert.ok(answer.text.length > 0);
});

capability("generate_content, streamed", async (there) => {
  const client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: there.httpUrl } });
  const texts = [];
  for await (const chunk of await client.models.generateContentStream({ model: "gemini-2.5-flash", contents: "hello" })) {
    texts.push(chunk.text ?? "");
  }
  assert.ok(texts.length > 1);
});

capability("refused key", async (there) => {
  await assert.rejects(dialled(there, TEXT, { apiKey: "invalid" }), /code 1007/);
});

capability("sees a 429", async (there) => {
  await there.trouble({ refuse_upgrade: { status: 429, retry_after_s: 3 } });
  await assert.rejects(dialled(there, TEXT), /429/);
});

capability("sees close 1011", async (there) => {
  const { session, inbox } = await dialled(there, TEXT);
  says(session, "hello");
  await turn(inbox);
  await there.trouble({ close_connection: { code: 1011, reason: "Internal error encountered." } }, { on: "live" });
  assert.equal(await inbox.ending(), "1011 Internal error encountered.");
});

await played();
