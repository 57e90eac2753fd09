import fs from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { ErrorCode } from '@holdfast/protocol';
import type { Principal } from '../../auth/principal';
import { DomainError } from '../../kernel/domain-error';
import type { LaunchProfile } from '../../launch-profiles/launch-profile';
import { SessionSurroundings } from '../../launch-profiles/session-surroundings';
import { Launchers } from '../../launchers/launchers';
import type { Launch } from '../../pty-host/wire/host-messages';
import type { SessionToLaunch } from '../../sessions/session-opener';
import type { WantedLaunch } from '../../terminal-connection/profile';
import { ClaudeAccess } from './claude-access';
import { claudeLaunch } from './claude-launch';
import { ClaudeReadiness } from './claude-readiness';
import { ClaudeRooms } from './claude-rooms';
import { freeLoopbackPort } from './free-loopback-port';
import { seedConfig } from './seed-config';

const MIB = 2 ** 20;
/** In a network of the session's own, where nothing else listens. */
const RELAY_PORT = 4_003;
/** Measured with 2.1.197: with some smaller limits it hangs at its start, though it uses 200 to 330 MB. Why is not known. */
const MIN_MEMORY_BYTES = 2048 * MIB;

/** What runs in a Claude session: the CLI in the project's workspace, with places of its user's own, as the launcher confines it. */
@Injectable()
export class ClaudeLauncher {
  constructor(
    private readonly surroundings: SessionSurroundings,
    private readonly launchers: Launchers,
    private readonly readiness: ClaudeReadiness,
    private readonly rooms: ClaudeRooms,
    private readonly access: ClaudeAccess,
  ) {}

  /** Errors: `unavailable`, `profile_not_found`, `launch_failed` for a profile that the CLI cannot run in. */
  async profileFor(principal: Principal, wanted: WantedLaunch): Promise<string> {
    await this.readiness.demand();
    return fit(await this.surroundings.profileFor(principal, wanted)).name;
  }

  /** Errors: as above, and those of {@link Launchers.launch}. */
  async build(principal: Principal, session: SessionToLaunch): Promise<Launch> {
    const { program, launcher, model } = await this.readiness.demand();
    const { profile, user, workspace } = await this.surroundings.of(principal, session);
    const { network } = fit(profile);
    const places = { workspace, ...(await this.rooms.prepare(session)) };
    const { apiSocket, ...access } = await this.access.grant(principal, session);
    const call = claudeLaunch({
      launcher,
      program,
      model,
      profileEnv: profile.env,
      places,
      apiSocket: canonical(apiSocket),
      relayPort: network === 'host' ? await freeLoopbackPort() : RELAY_PORT,
      ...access,
    });
    const { seen, args, program: seenProgram, ...extras } = call;
    return this.launchers.launch({
      session,
      user,
      profile: { ...profile, program: seenProgram, args },
      workspace,
      home: places.home,
      extras: { ...extras, onPlacesTaken: () => seedConfig({ ...places, seen }) },
    });
  }
}

/** Network, limits and environment of a profile hold for the CLI as for a shell; which programs there are, it does not decide. */
function fit(profile: LaunchProfile): LaunchProfile {
  const { name, view, limits } = profile;
  if (view === 'strict') {
    throw new DomainError(
      ErrorCode.launchFailed,
      `The launch profile "${name}" shows nothing but certain programs, and Claude Code needs more. Name another profile.`,
    );
  }
  if (limits.memoryBytes < MIN_MEMORY_BYTES) {
    throw new DomainError(
      ErrorCode.launchFailed,
      `The launch profile "${name}" gives ${Math.floor(limits.memoryBytes / MIB)} MiB of memory, and Claude Code needs ` +
        `${MIN_MEMORY_BYTES / MIB} MiB. Name another profile.`,
    );
  }
  return profile;
}

function canonical(socket: string): string {
  return path.join(fs.realpathSync(path.dirname(socket)), path.basename(socket));
}
