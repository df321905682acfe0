import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type ScanMetrics = {
  readonly open: Gauge;
  readonly outcomes: Counter<'purpose' | 'outcome'>;
  readonly errors: Counter<'code'>;
  readonly decisionSeconds: Histogram<'purpose' | 'outcome'>;
  readonly frames: Counter<'fate'>;
  readonly workerCrashes: Counter;
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
    workerCrashes: new Counter({
      name: 'smile_scan_worker_crashes_total',
      help: 'Worker threads that ended unasked',
      registers,
    }),
  };
}
