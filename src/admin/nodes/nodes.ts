import fs from 'node:fs/promises';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../config/environment';
import { ServerPhase } from '../../health/server-phase';
import { DomainError } from '../../kernel/domain-error';
import { stateFile } from '../../supervisor/state-file';
import { SERVER_VERSION } from '../../terminal-connection/server-version';

const gatewaySchema = z.object({ pid: z.number(), generation: z.number(), state: z.string() });
const rollSchema = z.object({ number: z.number(), state: z.string(), reason: z.string().optional() });
const supervisorSchema = z.object({ pid: z.number(), roll: rollSchema, gateways: z.array(gatewaySchema) });
type SupervisorView = z.output<typeof supervisorSchema>;

export const nodeSchema = z.object({
  name: z.string(),
  version: z.string(),
  supervised: z.boolean().describe('Whether another gateway takes over when one is drained.'),
  supervisorPid: z.number().nullable(),
  roll: rollSchema.nullable().describe('The newest replacement of the gateways.'),
  gateways: z.array(gatewaySchema.extend({ self: z.boolean().describe('The one that answers this.') })),
});
export type NodeView = z.output<typeof nodeSchema>;

/** What is known of the machine this process runs on, and how its gateways are replaced. */
@Injectable()
export class Nodes {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly phase: ServerPhase,
  ) {}

  async list(): Promise<NodeView[]> {
    const supervisor = await this.supervisor();
    const alone = [{ pid: process.pid, generation: 1, state: this.phase.current }];
    const gateways = (supervisor?.gateways ?? alone).map((gateway) => ({
      ...gateway,
      self: gateway.pid === process.pid,
    }));
    return [
      {
        name: this.config.nodeName,
        version: SERVER_VERSION,
        supervised: supervisor !== undefined,
        supervisorPid: supervisor?.pid ?? null,
        roll: supervisor?.roll ?? null,
        gateways,
      },
    ];
  }

  /** Replaces every gateway by one of the installed build, one at a time; clients move without losing a byte. */
  async drain(name: string): Promise<void> {
    if (name !== this.config.nodeName) throw new DomainError('not_found', 'This gateway knows no node of this name.');
    const supervisor = await this.supervisor();
    if (!supervisor) {
      throw new DomainError(
        'conflict',
        'This gateway has no supervisor (npm start), so nobody would take over; restart it the way it was started.',
      );
    }
    process.kill(supervisor.pid, 'SIGHUP');
  }

  /** The one that started this process; a file that another one left behind says nothing about us. */
  private async supervisor(): Promise<SupervisorView | undefined> {
    const text = await fs.readFile(stateFile(this.config.dataDir), 'utf8').catch(() => 'null');
    const { success, data } = supervisorSchema.safeParse(JSON.parse(text));
    return success && data.pid === process.ppid ? data : undefined;
  }
}
