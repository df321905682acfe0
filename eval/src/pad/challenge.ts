import { createHash } from 'node:crypto';
import {
  drawLightChallenge,
  idealSchedule,
  LIGHT_PALETTE,
  type LightChallenge,
  type LightSchedule,
  type LinearRgb,
  lightSteps,
} from '@smile/liveness';
import { KNOWN_SEARCH_MS } from '@smile/server/scan-judge';
import { DEFAULT_SHUTTER, paintToStampMs, type ShutterTiming } from '@smile/simulator';

/** Linear light of the kiosk's page around a challenge. */
const PAGE: LinearRgb = [0.5, 0.5, 0.5];

/** As a server draws one from the nonce of a scan. */
export function challengeOf(seed: number, purpose: string): LightChallenge {
  return drawLightChallenge(createHash('sha256').update(`pad/${seed}/${purpose}`).digest());
}

/** The screen's colour by time since the challenge began. */
export function coloursOf(challenge: LightChallenge): (elapsedMs: number) => LinearRgb {
  const { steps, endMs } = lightSteps(challenge);
  return (elapsedMs) => {
    if (elapsedMs < 0 || elapsedMs >= endMs) return PAGE;
    return steps.findLast((step) => step.atMs <= elapsedMs)?.colour ?? LIGHT_PALETTE.grey;
  };
}

/** What the terminal reports: paints when they were due, with a latency calibrated to within a few milliseconds. */
export function reportedSchedule(
  challenge: LightChallenge,
  startMs: number,
  calibrationErrorMs: number,
  shutter: ShutterTiming = DEFAULT_SHUTTER,
): LightSchedule {
  const latencyMs = paintToStampMs(shutter) + calibrationErrorMs;
  // Looked for around it as the server does for a terminal that it knows.
  const schedule = idealSchedule(challenge, startMs, { latencyMs, exposureMs: shutter.exposureMs });
  return { ...schedule, latencySearchMs: KNOWN_SEARCH_MS };
}

/** The part of a schedule that the terminal has reported by a time. */
export function knownBy(schedule: LightSchedule, timeMs: number): LightSchedule | null {
  if (schedule.leadStartMs > timeMs) return null;
  const { codeEndMs } = schedule;
  return {
    ...schedule,
    slotStartsMs: schedule.slotStartsMs.filter((startMs) => startMs <= timeMs),
    codeEndMs: codeEndMs !== null && codeEndMs <= timeMs ? codeEndMs : null,
  };
}
