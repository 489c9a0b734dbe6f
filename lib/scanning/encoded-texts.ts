/** A text that stands in base64. */
export interface EncodedText {
  readonly start: number;
  readonly encoded: string;
  readonly text: string;
}

const secretKind = /\bkind["']?[ \t]{0,9}:[ \t]{0,9}["']?Secret\b/;
const base64 = /(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{16,8192}={0,2}/g;
/** What no text holds. */
const notText = /[\x00-\x08\x0e-\x1f\ufffd]/;

/** The `data` of Kubernetes Secrets, which hides the form of what is in it. */
export function* encodedTexts(document: string): Generator<EncodedText> {
  if (!secretKind.test(document)) {
    return;
  }
  for (const { index, 0: encoded } of document.matchAll(base64)) {
    const text = Buffer.from(encoded, 'base64').toString();
    if (!notText.test(text)) {
      yield { start: index, encoded, text };
    }
  }
}
