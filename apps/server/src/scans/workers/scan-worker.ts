/** The thread that looks at frames: decodes, judges, embeds. Holds the models and the scans that sit here. */
import { parentPort, workerData } from 'node:worker_threads';
import { decodeFrame } from '@smile/camera';
import { FaceEngine } from '@smile/face';
import { ScanJudge } from '../judge/scan-judge.ts';
import type { WorkerAnswer, WorkerCall, WorkerReply, WorkerSettings } from './messages.ts';

if (!parentPort) throw new Error('this file is run as a worker thread');
const port = parentPort;
const settings = workerData as WorkerSettings;
const engine = await FaceEngine.create({ cacheDir: settings.cacheDir, manifestPath: settings.manifestPath });
const judges = new Map<string, ScanJudge>();

function judgeOf(scanId: string): ScanJudge {
  const judge = judges.get(scanId);
  if (!judge) throw new Error('this scan is not open here');
  return judge;
}

async function answer(call: Exclude<WorkerCall, { kind: 'stop' }>): Promise<WorkerAnswer> {
  switch (call.kind) {
    case 'open':
      judges.set(call.scanId, new ScanJudge(engine, { ...settings, purpose: call.purpose }));
      return { kind: 'done' };
    case 'frame': {
      const judge = judgeOf(call.scanId);
      const frame = await decodeFrame(call.bytes);
      if (!frame.ok) return { kind: 'refused', message: frame.message };
      judge.showLight(call.light);
      return { kind: 'judged', judged: await judge.judge(frame.value) };
    }
    case 'end': {
      const judge = judgeOf(call.scanId);
      judge.showLight(call.light);
      return { kind: 'verdict', verdict: await judge.end() };
    }
    case 'close':
      judges.get(call.scanId)?.dispose();
      judges.delete(call.scanId);
      return { kind: 'done' };
    case 'usage': {
      const keptFrames = [...judges.values()].reduce((sum, judge) => sum + judge.keptFrames, 0);
      return { kind: 'usage', usage: { openScans: judges.size, keptFrames } };
    }
  }
}

function reply(message: WorkerReply): void {
  port.postMessage(message);
}

const underWay = new Set<Promise<void>>();

port.on('message', (call: WorkerCall) => {
  if (call.kind === 'stop') return void stop();
  const work = answer(call)
    .then(
      (done) => reply({ kind: 'answer', id: call.id, answer: done }),
      (error: unknown) => {
        reply({ kind: 'failed', id: call.id, error: error instanceof Error ? error.message : 'unknown' });
      },
    )
    .finally(() => underWay.delete(work));
  underWay.add(work);
});

/** The thread ends by itself once nothing holds it: a thread that is cut off inside the runtime takes the process along. */
async function stop(): Promise<void> {
  await Promise.all(underWay);
  for (const judge of judges.values()) judge.dispose();
  judges.clear();
  await engine.close();
  port.close();
}

reply({ kind: 'ready' });
