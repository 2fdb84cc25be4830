// What a caller sends: the mocks hear any sound as speech, four words to the second, and zeros as silence.

const LOUD = 0x4000;

/** 16-bit mono samples of somebody who speaks. */
export function speech(seconds, rateHz) {
  const samples = new Int16Array(Math.round(seconds * rateHz)).fill(LOUD);
  return Buffer.from(samples.buffer);
}

export function silence(seconds, rateHz) {
  return Buffer.alloc(Math.round(seconds * rateHz) * 2);
}

/** A second of 16-bit samples in pieces of 100 ms, as microphones give it. */
export function* pieces(pcm, rateHz) {
  const size = Math.round(rateHz / 10) * 2;
  for (let at = 0; at < pcm.length; at += size) yield pcm.subarray(at, at + size);
}
