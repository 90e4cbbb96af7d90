// Payloads that were packed with gzip or zlib before they were sent.

/** A payload of a few bytes may stand for a great many: so many are unpacked. */
const MOST_BYTES = 1_000_000;

/** How a payload seems to be packed, after its first bytes. */
export function packing([first, second]) {
  if (first === 0x1f && second === 0x8b) return 'gzip';
  // The two first bytes of zlib are a multiple of 31.
  return (first & 0x8f) === 0x08 && (first * 256 + second) % 31 === 0 && !(second & 0x20) ? 'zlib' : null;
}

/** A packed payload: how it was packed, and what was in it; `isCut` where that is only its beginning. Nothing where it is no such payload. */
export async function unpack(body) {
  const how = packing(body);
  if (!how) return null;
  const parts = [];
  let size = 0;
  try {
    const reader = new Blob([body]).stream().pipeThrough(new DecompressionStream(how === 'gzip' ? 'gzip' : 'deflate')).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value.subarray(0, MOST_BYTES - size));
      size += parts.at(-1).length;
      if (size < MOST_BYTES) continue;
      reader.cancel().catch(() => {});
      break;
    }
  } catch {
    return null;
  }
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return { how, bytes, isCut: size >= MOST_BYTES };
}
