/** Whether a name fits, `*` being any part of it. Takes at most the product of both lengths, whatever they say. */
export function fits(pattern: string, name: string): boolean {
  let [p, n] = [0, 0];
  let star: { readonly p: number; n: number } | undefined;
  while (n < name.length) {
    if (pattern[p] === '*') star = { p: p++, n };
    else if (pattern[p] === name[n]) [p, n] = [p + 1, n + 1];
    else if (star) [p, n] = [star.p + 1, ++star.n];
    else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
