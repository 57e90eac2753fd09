import { Injectable, type OnModuleInit } from '@nestjs/common';
import { processEnvironment } from '../../../config/process-environment';
import { weakSecrets } from '../../../config/weak-secrets';
import type { Finding } from './alert';
import { Alerts } from './alerts';

/** Production does not start with such a secret; elsewhere somebody should know before it becomes production. */
@Injectable()
export class SecretAlerts implements OnModuleInit {
  constructor(private readonly alerts: Alerts) {}

  onModuleInit(): void {
    const { SECRETS_KEY, ...secrets } = processEnvironment();
    const findings = weakSecrets({ ...secrets, SECRETS_KEY: SECRETS_KEY?.split(',') }).map((message): Finding => ({
      code: 'default_secret',
      subject: message.split(' ')[0],
      message,
    }));
    this.alerts.register(() => findings);
  }
}
