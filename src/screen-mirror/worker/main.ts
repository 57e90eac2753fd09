import { parentPort } from 'node:worker_threads';
import { Emulators } from './emulators';
import type { Job } from './messages';

/** The worker thread: one job after the other, one answer for each. */
const emulators = new Emulators();
parentPort?.on('message', (job: Job) => parentPort?.postMessage(emulators.answer(job)));
