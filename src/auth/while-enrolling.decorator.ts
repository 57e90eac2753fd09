import { SetMetadata } from '@nestjs/common';

export const WHILE_ENROLLING = Symbol('WHILE_ENROLLING');

/** Also for tokens that are good for enrolling a second factor only; every other route refuses them. */
export const WhileEnrolling = () => SetMetadata(WHILE_ENROLLING, true);
