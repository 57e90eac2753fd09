import { SetMetadata } from '@nestjs/common';

export const IS_PUBLIC = Symbol('IS_PUBLIC');

/** Needs no credential. One that is given is still checked, and gives the handler its principal. */
export const Public = () => SetMetadata(IS_PUBLIC, true);
