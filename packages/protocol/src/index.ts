export * from './backoff';
export * from './client-message';
export * from './close-codes';
export * from './errors';
export * from './events';
export * from './frames';
export * from './limits';
export * from './streams';
