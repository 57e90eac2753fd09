import { type FindOptionsWhere, Raw } from 'typeorm';
import type { UserEntity } from './user.entity';

/** The user with this e-mail address, in whatever case and spelling of its characters; answered by the index on `lower(email)`. */
export function withEmail(email: string): FindOptionsWhere<UserEntity> {
  return { email: Raw((column) => `lower(${column}) = lower(:email)`, { email: email.normalize('NFKC').trim() }) };
}
