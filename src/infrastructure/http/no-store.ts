import type { NextFunction, Request, Response } from 'express';

/** Nothing the API says belongs into a cache: it is about one caller at one moment, and may be a credential. */
export function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store');
  next();
}
