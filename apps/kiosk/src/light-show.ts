import type { LocalLight, LocalPainted } from '@smile/contract';

/** Longest time back that is worth telling: the rest colour may have been there since the screen was opened. */
const LONGEST_AGO_MS = 1_000;

export type LightStage = {
  /** Null gives the page its own look back. */
  readonly paint: (colour: string | null) => void;
  readonly report: (painted: LocalPainted) => void;
  readonly requestFrame: (callback: (timeMs: number) => void) => number;
  readonly cancelFrame: (handle: number) => void;
  readonly now: () => number;
};

/**
 * Shows the colours of a light challenge once, each for its time, and says in the frame after each paint that it is
 * there. It begins after the pause that the terminal wants since the last one: eyes are to have a rest in between. The
 * returned function ends the show early.
 *
 * @param restSinceMs when the rest colour was painted, on the clock of `now`
 */
export function showLight(light: LocalLight, restSinceMs: number, stage: LightStage): () => void {
  const { slots, slotMs, leadMs, tailMs, rest, pauseMs } = light;
  const beginsMs = stage.now();
  const agoMs = Math.min(LONGEST_AGO_MS, Math.max(0, beginsMs - restSinceMs));
  stage.report({ type: 'painted', shown: 'lead', agoMs });
  let next = 0;
  let dueMs = Math.max(restSinceMs + leadMs, beginsMs + pauseMs);
  let unreported: LocalPainted['shown'] | null = null;
  let handle = stage.requestFrame(step);

  function step(timeMs: number): void {
    // What was painted in the last frame is on the screen since this one began.
    if (unreported !== null) {
      stage.report({ type: 'painted', shown: unreported, agoMs: Math.max(0, stage.now() - timeMs) });
      // Held from here: a screen that stumbled over the paint must not cut the colour short.
      dueMs = timeMs + (unreported === 'end' ? tailMs : slotMs);
      unreported = null;
    }
    if (timeMs >= dueMs && unreported === null) {
      if (next > slots.length) {
        stage.paint(null);
        return;
      }
      stage.paint(next < slots.length ? slots[next] : rest);
      unreported = next < slots.length ? next : 'end';
      next += 1;
    }
    handle = stage.requestFrame(step);
  }
  return () => {
    stage.cancelFrame(handle);
    stage.paint(null);
  };
}
