import { SetMetadata } from '@nestjs/common';

export const STEP_UP = Symbol('STEP_UP');
/** How long a proof of identity counts for dangerous calls. */
export const STEP_UP_LIFE_MS = 5 * 60_000;

export type StepUpCondition = (body: unknown) => boolean;

/**
 * Only for a login whose user has just proved who they are – by the login itself or by `POST /api/auth/step-up` – so that a stolen
 * access token or an unattended screen is not enough. On a method or a controller; `when`: only for such bodies, which nobody has
 * checked yet.
 */
export const StepUp = (when: StepUpCondition = () => true) => SetMetadata(STEP_UP, when);
