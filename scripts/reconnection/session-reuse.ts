import type { Report } from './report';
import type { Connection, Screen, Target } from './target';

const OPENS_AT_ONCE = 100;
const LINES_PER_CUT = 2_000;

/** One id is one process, and its bytes arrive exactly. */
export async function sessionReuse(target: Target, report: Report, runs: number): Promise<void> {
  const first = target.connect();
  const screen = first.open();
  const { sessionId } = await screen.terminal.ready;
  try {
    const pid = await pidOf(screen);
    await exactOverCuts(first, screen, report, runs);
    const second = target.connect();
    const again = second.open({ sessionId });
    const { reused } = await again.terminal.ready;
    report.add('the same id again', 'reused: true', `reused: ${reused}`, reused);
    const samePid = await pidOf(again);
    report.add('its process', pid, samePid, samePid === pid);
    await second.client.close();
    await manyAtOnce(target, report);
  } finally {
    await first.client.close();
    await target.remove(sessionId);
  }
}

async function pidOf(screen: Screen): Promise<string> {
  const from = screen.seen.length;
  screen.terminal.write('echo "pid"=$$=\r');
  return (await screen.until(/pid=(\d+)=/, from))[1] as string;
}

async function exactOverCuts(connection: Connection, screen: Screen, report: Report, runs: number): Promise<void> {
  let exact = 0;
  for (let run = 0; run < runs; run++) {
    const from = screen.seen.length;
    screen.terminal.write(`seq -f "r${run}-%.0f" 1 ${LINES_PER_CUT}; echo "end"-${run}\r`);
    await screen.until(new RegExp(`r${run}-\\d+\\r\\n`), from);
    await connection.cut(screen);
    await screen.until(new RegExp(`end-${run}\\r\\n`), from);
    const lines = [...screen.seen.slice(from).matchAll(new RegExp(`^r${run}-(\\d+)\\r$`, 'gm'))];
    if (lines.length === LINES_PER_CUT && lines.every(([, number], index) => Number(number) === index + 1)) exact += 1;
  }
  report.add(`output over ${runs} cuts`, `exact ${runs} times`, `exact ${exact} times`, exact === runs);
}

async function manyAtOnce(target: Target, report: Report): Promise<void> {
  const random = Array.from({ length: 16 }, () => Math.floor(Math.random() * 36).toString(36)).join('');
  const sessionId = `session_${Date.now()}_${random}`;
  const connection = target.connect();
  const screens = Array.from({ length: OPENS_AT_ONCE }, () => connection.open({ sessionId }));
  try {
    const opened = await Promise.all(screens.map(({ terminal }) => terminal.ready));
    const created = opened.filter((answer) => answer.created).length;
    const epochs = new Set(opened.map(({ epoch }) => epoch)).size;
    report.add(
      `${OPENS_AT_ONCE} opens at once`,
      '1 created, 1 epoch',
      `${created} created, ${epochs} epoch`,
      created === 1 && epochs === 1,
    );
  } finally {
    await connection.client.close();
    await target.remove(sessionId);
  }
}
