import { Injectable } from '@nestjs/common';
import { ClaudeHealth } from '../health/claude-health';
import { ClaudeAvailability } from './claude-availability';

/** For operators: the CLI, the key, the circuit, the queue. */
@Injectable()
export class ClaudeHealthProbe extends ClaudeHealth {
  constructor(private readonly availability: ClaudeAvailability) {
    super();
  }

  async check(): Promise<Record<string, unknown>> {
    const { models: _, ...report } = await this.availability.report();
    return report;
  }
}
