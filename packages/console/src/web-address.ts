/**
 * The address of a page, in the spelling browsers use: international names as punycode, everything unusual percent-encoded. Undefined
 * for other schemes, and for addresses that only pretend to be of the site they begin with (`https://bank.example@evil.example`).
 */
export function webAddress(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  return isWeb && url.username === '' && url.password === '' ? url : undefined;
}
