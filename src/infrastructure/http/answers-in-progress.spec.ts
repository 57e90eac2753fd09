import { EventEmitter } from 'node:events';
import type http from 'node:http';
import type { Socket } from 'node:net';
import { AnswersInProgress } from './answers-in-progress';

const SECOND_MS = 1_000;
const DRAIN_MS = 60 * SECOND_MS;

let server: EventEmitter;
let answers: AnswersInProgress;
let nextPort = 1;

beforeEach(() => {
  jest.useFakeTimers();
  server = new EventEmitter();
  answers = new AnswersInProgress();
  answers.watch(server as unknown as http.Server);
});

function connect(): Socket {
  const ends = { remoteAddress: '127.0.0.1', remotePort: nextPort++, localPort: 80 };
  const socket = Object.assign(new EventEmitter(), ends) as unknown as Socket;
  server.emit('connection', socket);
  return socket;
}

function finish(timeoutMs = DRAIN_MS): { done: boolean } {
  const state = { done: false };
  void answers.finish(timeoutMs).then(() => (state.done = true));
  return state;
}

it('waits for a first request that is seconds late, and no longer', async () => {
  const socket = connect();
  const state = finish();
  await jest.advanceTimersByTimeAsync(4 * SECOND_MS);
  expect(state.done).toBe(false);
  answers.arrived(socket);
  await jest.advanceTimersByTimeAsync(0);
  expect(state.done).toBe(true);
});

it('does not wait for a connection that closes', async () => {
  const socket = connect();
  const state = finish();
  socket.emit('close');
  await jest.advanceTimersByTimeAsync(0);
  expect(state.done).toBe(true);
});

it.each([
  ['a connection that is never used', DRAIN_MS, 5 * SECOND_MS],
  ['anything when there is less time', SECOND_MS, SECOND_MS],
])('does not wait for ever for %s', async (_, timeoutMs, expectedMs) => {
  connect();
  const state = finish(timeoutMs);
  await jest.advanceTimersByTimeAsync(expectedMs - 1);
  expect(state.done).toBe(false);
  await jest.advanceTimersByTimeAsync(1);
  expect(state.done).toBe(true);
});
