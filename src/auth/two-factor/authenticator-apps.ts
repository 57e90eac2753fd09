import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, LessThan, type Repository } from 'typeorm';
import { Clock } from '../../kernel/clock';
import { SecretBox } from '../secret-box';
import { toBase32 } from './base32';
import { matchingStep, otpauthUri, TOTP_SECRET_BYTES } from './totp';
import { TwoFactorEntity } from './two-factor.entity';

/** How long a user may take to put a new secret into the app. */
const PENDING_LIFE_MS = 15 * 60_000;

/** What the user puts into an authenticator app; shown once. */
export interface NewSecret {
  /** Base 32. */
  readonly secret: string;
  readonly uri: string;
}

export type Confirmation = 'confirmed' | 'wrong-code' | 'nothing-pending';

/** The secrets that users share with their authenticator apps. */
@Injectable()
export class AuthenticatorApps {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  async isEnrolled(userId: string): Promise<boolean> {
    const enrolment = await this.repository.findOneBy({ userId });
    return enrolment !== null && enrolment.secret !== null;
  }

  /** Uses a code up; false = it is wrong, or it was used before, by whichever process. */
  async spend(userId: string, code: string): Promise<boolean> {
    const sealed = (await this.repository.findOneBy({ userId }))?.secret;
    if (sealed === null || sealed === undefined) return false;
    const secret = this.box.open(sealed, purposeOf(userId));
    const step = matchingStep(secret, code, this.clock.now());
    if (step === undefined) return false;
    // Of two with the same code, the update of one finds the step taken.
    const spent = await this.repository.update(
      { userId, secret: sealed, lastStep: LessThan(step) },
      { lastStep: step, ...(!this.box.isCurrent(sealed) && { secret: this.box.seal(secret, purposeOf(userId)) }) },
    );
    return spent.affected === 1;
  }

  /** What was enrolled before is good until the new one is confirmed. */
  async begin(userId: string, account: string): Promise<NewSecret> {
    const secret = randomBytes(TOTP_SECRET_BYTES);
    const pendingSecret = this.box.seal(secret, purposeOf(userId));
    const pendingAt = new Date(this.clock.now());
    await this.repository.upsert({ userId, pendingSecret, pendingAt }, ['userId']);
    return { secret: toBase32(secret), uri: otpauthUri(secret, account) };
  }

  /** A code of the pending secret proves that the app has it. */
  async confirm(userId: string, code: string): Promise<Confirmation> {
    const { pendingSecret = null, pendingAt = null } = (await this.repository.findOneBy({ userId })) ?? {};
    const now = this.clock.now();
    if (pendingSecret === null || pendingAt === null || now - pendingAt.getTime() > PENDING_LIFE_MS) {
      return 'nothing-pending';
    }
    const step = matchingStep(this.box.open(pendingSecret, purposeOf(userId)), code, now);
    if (step === undefined) return 'wrong-code';
    const confirmed = await this.repository.update(
      { userId, pendingSecret },
      { secret: pendingSecret, lastStep: step, pendingSecret: null, pendingAt: null },
    );
    return confirmed.affected === 1 ? 'confirmed' : 'nothing-pending';
  }

  async remove(userId: string): Promise<void> {
    await this.repository.delete({ userId });
  }

  private get repository(): Repository<TwoFactorEntity> {
    return this.dataSource.getRepository(TwoFactorEntity);
  }
}

function purposeOf(userId: string): string {
  return `totp:${userId}`;
}
