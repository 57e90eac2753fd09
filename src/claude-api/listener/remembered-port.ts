import fs from 'node:fs';
import { writeFileAtomically, writeFileOnce } from '../../infrastructure/data-directory';

/** Below what Linux takes for outgoing connections: nothing else gets it by chance while one leader follows another. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const READABLE = 0o644;

/** The loopback port of this machine's leaders: chosen once, so that sessions which run find the next leader. */
export class RememberedPort {
  constructor(
    private readonly file: string,
    private readonly random: () => number,
  ) {}

  get(): number {
    const port = this.read();
    if (port !== undefined) return port;
    writeFileOnce(this.file, `${this.draw()}\n`, READABLE);
    return this.read() ?? this.replace();
  }

  /** Somebody else has it: sessions that know the old one have to be opened again. */
  replace(): number {
    const port = this.draw();
    writeFileAtomically(this.file, `${port}\n`, READABLE);
    return port;
  }

  private draw(): number {
    return FIRST_PORT + Math.floor(this.random() * (LAST_PORT - FIRST_PORT));
  }

  private read(): number | undefined {
    if (!fs.existsSync(this.file)) return undefined;
    const port = Number(fs.readFileSync(this.file, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
  }
}
