import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { WorkerUsage } from './workers/messages.ts';

export type ScanMetrics = {
  readonly open: Gauge;
  readonly outcomes: Counter<'purpose' | 'outcome'>;
  readonly errors: Counter<'code'>;
  readonly decisionSeconds: Histogram<'purpose' | 'outcome'>;
  readonly frames: Counter<'fate'>;
  readonly workerCrashes: Counter;
  readonly light: Counter<'state'>;
  readonly lightLatenessSeconds: Histogram;
};

/** Counts and times of scans; nothing here tells people, terminals or shops apart. */
export function createScanMetrics(registry: Registry): ScanMetrics {
  const registers = [registry];
  return {
    open: new Gauge({ name: 'smile_scans_open', help: 'Scan streams that are open', registers }),
    outcomes: new Counter({
      name: 'smile_scans_total',
      help: 'Scans by purpose and outcome',
      labelNames: ['purpose', 'outcome'],
      registers,
    }),
    errors: new Counter({
      name: 'smile_scan_stream_errors_total',
      help: 'Streams ended by an error event, by its code',
      labelNames: ['code'],
      registers,
    }),
    decisionSeconds: new Histogram({
      name: 'smile_scan_decision_seconds',
      help: 'From the first frame of a scan to its decision',
      labelNames: ['purpose', 'outcome'],
      buckets: [0.3, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 20, 40],
      registers,
    }),
    frames: new Counter({
      name: 'smile_scan_frames_total',
      help: 'Frames verified in their chain: judged, or passed over because the workers were busy',
      labelNames: ['fate'],
      registers,
    }),
    light: new Counter({
      name: 'smile_scan_light_total',
      help: 'Decided scans by what became of their light challenge',
      labelNames: ['state'],
      registers,
    }),
    lightLatenessSeconds: new Histogram({
      name: 'smile_scan_light_lateness_seconds',
      help: 'How much later than calibrated for the terminal the skin answered the light',
      buckets: [-0.1, -0.05, -0.02, 0, 0.02, 0.05, 0.08, 0.11, 0.15, 0.2],
      registers,
    }),
    workerCrashes: new Counter({
      name: 'smile_scan_worker_crashes_total',
      help: 'Worker threads that ended unasked',
      registers,
    }),
  };
}

/** What the worker threads hold, asked for when the metrics are: pictures stay at 0 while nobody is being scanned. */
export function watchWorkers(registry: Registry, usage: () => Promise<WorkerUsage>): void {
  const registers = [registry];
  new Gauge({
    name: 'smile_scan_worker_scans',
    help: 'Scans that sit on a worker thread',
    registers,
    async collect() {
      this.set((await usage()).openScans);
    },
  });
  new Gauge({
    name: 'smile_scan_worker_kept_frames',
    help: 'Pictures that worker threads hold for the templates of undecided scans',
    registers,
    async collect() {
      this.set((await usage()).keptFrames);
    },
  });
}
