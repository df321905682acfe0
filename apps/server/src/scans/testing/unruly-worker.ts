/** A worker program that misbehaves by the name of the scan: `crash`, `hang`, `fail`; for tests of the pool. */
import { parentPort } from 'node:worker_threads';
import type { WorkerCall, WorkerReply } from '../workers/messages.ts';

if (!parentPort) throw new Error('this file is run as a worker thread');
const port = parentPort;
const reply = (message: WorkerReply) => port.postMessage(message);

port.on('message', (call: WorkerCall) => {
  if (call.kind === 'stop') return port.close();
  if (call.kind === 'open' || call.kind === 'close') {
    return reply({ kind: 'answer', id: call.id, answer: { kind: 'done' } });
  }
  if (call.kind === 'usage') {
    return reply({ kind: 'answer', id: call.id, answer: { kind: 'usage', usage: { openScans: 0, keptFrames: 0 } } });
  }
  if (call.scanId === 'crash') process.exit(3);
  if (call.scanId === 'throw') throw new Error('thrown on purpose');
  if (call.scanId === 'fail') return reply({ kind: 'failed', id: call.id, error: 'on purpose' });
  if (call.scanId === 'hang') return;
  return reply({
    kind: 'answer',
    id: call.id,
    answer: { kind: 'judged', judged: { progress: { hint: 'good', progress: 0.5, face: null }, verdict: null } },
  });
});
reply({ kind: 'ready' });
