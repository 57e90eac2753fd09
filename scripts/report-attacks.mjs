// What became of the attacks, group by group, out of Jest's report: their tests are named "A-01, A-02: …".

const GROUPS = {
  A: 'authentication',
  C: 'supply chain',
  D: 'administrators, two-factor',
  E: 'escape sequences',
  F: 'protocol',
  H: 'handshake',
  I: 'isolation',
  J: 'injection',
  R: 'resources',
  S: 'secrets',
  U: 'audit',
  X: 'allow-listed commands',
  Z: 'authorization',
};

export function reportAttacks({ summary }) {
  const outcomes = new Map();
  for (const { assertionResults } of summary?.testResults ?? []) {
    for (const { status, fullName } of assertionResults) {
      for (const number of numbersIn(fullName)) outcomes.set(number, worse(outcomes.get(number), status));
    }
  }
  for (const [group, name] of Object.entries(GROUPS)) {
    const statuses = [...outcomes].filter(([number]) => number.startsWith(group)).map(([, status]) => status);
    if (statuses.length === 0) continue;
    const count = (wanted) => statuses.filter((status) => status === wanted).length;
    const [failed, skipped] = [count('failed'), count('pending')];
    const rest = `${failed > 0 ? `, ${failed} FAILED` : ''}${skipped > 0 ? `, ${skipped} not run here` : ''}`;
    console.log(`attacks: ${group} ${name.padEnd(26)} ${count('passed')} held${rest}`);
  }
}

/** `X-01…X-24` is a range. A `describe` around them may have words of its own in front. */
function numbersIn(title) {
  const list = /(?:^| )([A-Z]-\d\d(?:(?:, |…)[A-Z]-\d\d)*):/.exec(title)?.[1] ?? '';
  return list.split(', ').flatMap((part) => {
    const [first, last = first] = part.split('…');
    if (!first) return [];
    const [from, to] = [Number(first.slice(2)), Number(last.slice(2))];
    return Array.from({ length: to - from + 1 }, (_, i) => `${first.slice(0, 2)}${String(from + i).padStart(2, '0')}`);
  });
}

/** A case has several tests: one that failed counts, then one that could not run. */
function worse(before, now) {
  const order = ['failed', 'pending', 'passed'];
  return before === undefined || order.indexOf(now) < order.indexOf(before) ? now : before;
}
