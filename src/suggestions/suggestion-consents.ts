import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SuggestionConsentEntity } from './suggestion-consent.entity';

const GIVE = `
  INSERT INTO suggestion_consents (user_id, given) VALUES ($1, $2)
  ON CONFLICT (user_id) DO UPDATE SET given = $2, changed_at = now()`;
/** One statement, so that several gateways together count right. */
const COUNT = `
  UPDATE suggestion_consents
     SET asked = CASE WHEN asked_on = today.day THEN asked + 1 ELSE 1 END, asked_on = today.day
    FROM (SELECT (now() AT TIME ZONE 'utc')::date AS day) AS today
   WHERE user_id = $1 AND given AND (asked_on IS DISTINCT FROM today.day OR asked < $2)
  RETURNING asked`;

/** Who wants suggestions, and how many each asked for today. */
@Injectable()
export class SuggestionConsents {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  async isGiven(userId: string): Promise<boolean> {
    return this.dataSource.getRepository(SuggestionConsentEntity).existsBy({ userId, given: true });
  }

  async set(userId: string, given: boolean): Promise<void> {
    await this.dataSource.query(GIVE, [userId, given]);
  }

  /** Counts one more; false when that would be more than `perDay`. */
  async count(userId: string, perDay: number): Promise<boolean> {
    const [rows] = await this.dataSource.query<[unknown[], number]>(COUNT, [userId, perDay]);
    return rows.length > 0;
  }
}
