import { Broker, Disk, Killed, type Faults, type KillPoint } from './broker';
import { GatewayConnection, type GatewayHost } from './gateway';
import { Random } from './random';
import type { Totals } from './totals';
import { SimulatedUser } from './user';
import { ensure, Violation } from './violation';
import { VirtualTime } from './virtual-time';
import { SimulatedSocket, type WireSetup } from './wire';

/** Enough for several cuts and kills of one terminal; more seeds find more than longer ones. */
const MIN_STEPS = 5;
const MAX_STEPS = 36;
/** Once faults stop, everything has to arrive within this time: the longest wait of a client's breaker, and some patience. */
const MAX_CALM_MS = 400_000;
const CALM_STEP_MS = 500;
const KILL_POINTS: readonly KillPoint[] = ['before-write', 'after-write', 'after-commit', 'after-append'];
const WINDOWS = [2_000, 16_000, 256_000] as const;

/**
 * One run: the SDK as it is and the broker's own classes, with the disk, the network and time in between under the control of a
 * seed. Throws a `Violation` when a byte is lost, doubled or wrong, or when nothing moves any more.
 */
export class Simulation implements GatewayHost {
  readonly windowBytes: number;
  readonly replayBytes: number;
  broker: Broker;
  private readonly timers = new VirtualTime();
  private readonly random: Random;
  private readonly wire: WireSetup;
  private readonly faults: Faults;
  private readonly users: SimulatedUser[] = [];
  private readonly disks: Disk[] = [];
  private readonly gateways = new Map<SimulatedSocket, GatewayConnection>();
  /** The journal forgets its oldest bytes, so that snapshots have to take their place. */
  private readonly forgetful: boolean;
  private readonly adversarial: boolean;
  private created = false;

  constructor(
    seed: number,
    private readonly totals: Totals,
  ) {
    this.random = new Random(seed);
    const { random, timers } = this;
    this.adversarial = random.chance(0.3);
    this.forgetful = random.chance(0.1);
    this.windowBytes = random.pick(WINDOWS) as number;
    this.replayBytes = this.forgetful ? random.between(4_000, 40_000) : Number.MAX_SAFE_INTEGER;
    this.wire = { timers, random, totals, harm: this.adversarial ? 0.05 : 0 };
    this.faults = { random, killAt: undefined, ptyFull: false };
    this.broker = this.startBroker(this.newDisk());
    const users = random.chance(0.7) ? 1 : random.between(2, 3);
    for (let writer = 0; writer < users; writer++) this.addUser(writer);
  }

  async run(): Promise<void> {
    const steps = this.random.between(MIN_STEPS, MAX_STEPS);
    try {
      for (let step = 0; step < steps; step++) {
        this.guarded(() => this.step());
        await this.pass(this.random.chance(0.3) ? 0 : this.random.between(1, 150));
      }
      await this.calmDown();
    } finally {
      for (const { client } of this.users) void client.close();
    }
    this.count();
  }

  create(): boolean {
    const first = !this.created;
    this.created = true;
    return first;
  }

  guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
      this.totals.add(`killed ${error.message}`);
      this.restartBroker(this.disk);
    }
  }

  private async pass(ms: number): Promise<void> {
    await this.timers.advance(ms);
    for (const { failure } of this.users) if (failure) throw failure;
  }

  private get disk(): Disk {
    return this.broker.disk;
  }

  private step(): void {
    const { random, totals } = this;
    const dice = random.next();
    if (dice < 0.3) this.broker.output(random.chance(0.1) ? random.between(1, 60_000) : random.between(1, 2_000));
    else if (dice < 0.55) this.anyUser().type(random.chance(0.1) ? random.between(1, 9_000) : random.between(1, 80));
    else if (dice < 0.68) this.anyUser().parse(false);
    else if (dice < 0.8) this.cut();
    else if (dice < 0.86) this.goAway();
    else if (dice < 0.88) this.freeze();
    else if (dice < 0.94) {
      this.faults.killAt = random.pick(KILL_POINTS);
      totals.add('kills armed');
    } else if (dice < 0.96) {
      totals.add('killed idle');
      this.restartBroker(this.disk);
    } else if (dice < 0.975) this.restartCleanly();
    else if (dice < 0.98) this.loseHost();
    else if (dice < 0.99) this.faults.ptyFull = !this.faults.ptyFull;
    else if (this.forgetful) {
      totals.add('forgotten');
      this.disk.journal.trim(random.between(this.disk.journal.start, this.disk.journal.end));
    }
  }

  private cut(): void {
    const socket = this.random.pick([...this.gateways.keys()]);
    if (!socket) return;
    this.totals.add('cuts');
    const first = (['both', 'client', 'server'] as const)[this.random.between(0, 2)] ?? 'both';
    socket.cut(first, this.random.between(1, 3_000));
  }

  /** Make before break. */
  private goAway(): void {
    const connection = this.random.pick([...this.gateways.values()]);
    if (!connection) return;
    this.totals.add('goaways');
    connection.goAway(this.random.between(0, 200));
  }

  /** Half-open: only silence tells. */
  private freeze(): void {
    const socket = this.random.pick([...this.gateways.keys()]);
    if (!socket) return;
    this.totals.add('frozen');
    socket.frozen = true;
  }

  /** SIGTERM: what was accepted is written first. */
  private restartCleanly(): void {
    if (!this.broker.idle) return;
    this.totals.add('clean restarts');
    const ambiguities = (): unknown[] =>
      this.users.map((user) => this.broker.writerState(user.terminal.writerId)?.ambiguous);
    const before = JSON.stringify(ambiguities());
    this.restartBroker(this.disk);
    ensure(JSON.stringify(ambiguities()) === before, 'a clean restart left something ambiguous');
  }

  /** The keeper or the machine died: another process, another epoch. */
  private loseHost(): void {
    if (!this.created) return;
    this.totals.add('hosts lost');
    this.restartBroker(this.newDisk());
  }

  private newDisk(): Disk {
    const epoch = this.disks.length;
    const disk = new Disk(epoch, (writer) => this.users[writer]?.baseOf(epoch) ?? 0);
    this.disks.push(disk);
    return disk;
  }

  private startBroker(disk: Disk): Broker {
    return new Broker(disk, this.timers, this.faults, (run) => this.guarded(run));
  }

  private restartBroker(disk: Disk): void {
    this.broker.end();
    for (const socket of this.gateways.keys()) socket.cut('both', 0);
    this.gateways.clear();
    this.broker = this.startBroker(disk);
    for (const { writer, terminal } of this.users) {
      const state = this.broker.writerState(terminal.writerId);
      if (!state) continue;
      if (state.ambiguous) this.totals.add('ambiguous');
      disk.pty.recover(writer, state.written, state.ambiguous);
    }
  }

  private addUser(writer: number): void {
    const mayJump = (resume: string): boolean => this.forgetful || resume === 'new-epoch' || this.disks.length > 1;
    const dial = (): SimulatedSocket => {
      const socket = new SimulatedSocket(this.wire);
      this.timers.setTimeout(
        () => {
          if (!socket.open) return;
          this.totals.add('connections');
          this.gateways.set(socket, new GatewayConnection(socket, this));
        },
        this.random.between(1, 40),
      );
      return socket;
    };
    this.users.push(new SimulatedUser(writer, this.wire, dial, mayJump));
  }

  private anyUser(): SimulatedUser {
    return this.random.pick(this.users) as SimulatedUser;
  }

  /** No more faults. Frames that no TCP loses were lost by the adversary, so its connections end. */
  private async calmDown(): Promise<void> {
    this.faults.killAt = undefined;
    this.faults.ptyFull = false;
    this.wire.harm = 0;
    if (this.adversarial) for (const socket of this.gateways.keys()) socket.cut('both', 0);
    for (let waited = 0; !this.finished; waited += CALM_STEP_MS) {
      ensure(waited < MAX_CALM_MS, `nothing moves any more: ${this.users.map((user) => user.describe()).join(' ')}`);
      for (const user of this.users) user.parse(true);
      await this.pass(CALM_STEP_MS);
    }
    this.checkSkipped();
  }

  private get finished(): boolean {
    const { epoch, journal, pty } = this.disk;
    return this.users.every(
      (user) =>
        user.terminal.state === 'open' &&
        user.has(epoch, journal.end) &&
        user.baseOf(epoch) + pty.received(user.writer) === user.typed,
    );
  }

  /** Whatever was not written was named: as ambiguous, or as unsent. */
  private checkSkipped(): void {
    for (const { epoch, pty } of this.disks) {
      for (const { writer, range } of pty.skipped) {
        const user = this.users[writer] as SimulatedUser;
        const base = user.baseOf(epoch);
        const typed = { from: base + range.from, to: base + range.to };
        ensure(user.heardOf(typed), `user ${writer} never heard of ${typed.from} to ${typed.to}`);
        this.totals.add('bytes lost and named', range.to - range.from);
      }
    }
  }

  private count(): void {
    const { totals } = this;
    totals.add('seeds');
    for (const user of this.users) {
      totals.add('bytes typed', user.typed);
      totals.add('bytes unsent after a lost host', user.unsentBytes);
      totals.add('bytes seen', user.delivered);
      totals.add('snapshots', user.jumps);
    }
    for (const { journal, pty } of this.disks) {
      totals.add('bytes output', journal.end);
      totals.add('bytes written to the PTY', pty.bytes);
    }
  }
}

/** Runs one seed; the message of a failure says how to see it again. */
export async function simulate(seed: number, totals: Totals): Promise<void> {
  try {
    await new Simulation(seed, totals).run();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    throw new Violation(`${error.message}\n  HOLDFAST_SEED=${seed} npm test -- test/simulation`);
  }
}
