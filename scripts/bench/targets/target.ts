import type { Workload } from '../workload';

export type TargetName = 'holdfast' | 'sandboxed' | 'raw-pty' | 'ttyd' | 'ttyd+tmux';

/** A terminal server that can be measured. */
export interface Target {
  readonly name: TargetName;
  /** Names of the measures it is for; absent: all. */
  readonly measures?: readonly string[];
  /** Why it cannot be measured here, in one sentence. */
  unavailable(): string | undefined;
  start(workload: Workload): Promise<RunningTarget>;
}

export interface RunningTarget {
  /** Every process of the server, without the shells: what CPU time is counted of. */
  pids(): number[];
  /** Those that hold something for each terminal: whose memory is counted. */
  terminalPids(): number[];
  /** Asks for a full garbage collection, before memory is read. */
  collectGarbage?(): void;
  /** Dials, opens a new terminal and returns when it is open; its prompt comes as output. */
  open(options: OpenOptions): Promise<BenchTerminal>;
  /** Absent where no key is added to what Claude asks for. */
  claudeApi?(): Promise<ClaudeApi | undefined>;
  /** Absent where a terminal ends with its connection. */
  readonly persistence?: Persistence;
  stop(): Promise<void>;
}

/** The same Claude API, asked through the server and without it. */
export interface ClaudeApi {
  readonly through: string;
  readonly direct: string;
  readonly token: string;
}

export interface OpenOptions {
  /** Every output byte, in order, also those that come before `open` resolved. */
  readonly onOutput: (bytes: Uint8Array) => void;
  /** On the same connection as this one, where the server can do that. */
  readonly beside?: BenchTerminal;
}

export interface BenchTerminal {
  type(input: string): void;
  /** The emulator has parsed this many more bytes; servers without acknowledgements are not told. */
  parsed(bytes: number): void;
  /** Stops and starts reading the connection. */
  pause(): void;
  resume(): void;
  /** Ends the process and the connection. */
  end(): Promise<void>;
}

/** `everything`: all output since the process started. `screen`: what is on the screen now. */
export type View = 'everything' | 'screen';

export interface Persistence {
  readonly views: readonly View[];
  /** Closes the connection; the process runs on. */
  leave(terminal: BenchTerminal): Promise<void>;
  /** Dials again; resolves when the view was received, and for a screen drawn. */
  comeBack(terminal: BenchTerminal, view: View): Promise<BenchTerminal>;
}
