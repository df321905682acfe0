import { idealSchedule, lightChallenge } from '@smile/liveness';
import { describe, expect, it } from 'vitest';
import type { ScanPurpose } from '../model.ts';
import { frameWith, type ScriptedFace, ScriptedReader } from '../testing/scripted-faces.ts';
import type { LifeDecision, LifeMeter } from './life-meter.ts';
import { ScanJudge } from './scan-judge.ts';
import type { JudgedFrame } from './types.ts';

const GUEST: ScriptedFace = { x: 0.5, y: 0.5, widthPx: 150 };
const FRAME_MS = 66;

const READ = {
  nats: 5,
  explainedShare: 0.9,
  bestOtherShare: 0.5,
  gain: 0.1,
  latenessMs: 0,
  regionsAnswering: 5,
  regionsRead: 5,
};

/** A scan by script: what the camera sees, and what liveness thinks of what it was shown. */
function scan(options: {
  purpose?: ScanPurpose;
  outcome?: (framesUsed: number) => LifeDecision['outcome'];
  attackAlone?: (frame: number) => boolean;
  /** Reason and slots seen while there is a light to be answered; alive without one. */
  light?: { readonly code: string; readonly slotsSeen: number | null };
}) {
  const reader = new ScriptedReader();
  let meters = 0;
  const lightShown: [meter: number, slots: number | null][] = [];
  const createLifeMeter = (): LifeMeter => {
    meters += 1;
    const number = meters;
    let framesUsed = 0;
    let lit = false;
    return {
      add: () => {
        framesUsed += 1;
        return { usable: true, attackAlone: options.attackAlone?.(framesUsed) ?? false };
      },
      showLight: (schedule) => {
        lit = schedule !== null;
        lightShown.push([number, schedule?.slotStartsMs.length ?? null]);
      },
      decide: () => {
        const { light } = options;
        const code = light && lit ? light.code : 'scripted';
        const lightCode = light && light.slotsSeen !== null ? { ...READ, slotsSeen: light.slotsSeen } : null;
        return {
          outcome: light && lit ? 'undecided' : (options.outcome?.(framesUsed) ?? 'live'),
          reasons: [{ code, message: 'As the script says.' }],
          evidenceNats: 3,
          framesUsed,
          cues: { ipdMm: 62, faceWidthMm: 140, lightCode },
        };
      },
    };
  };
  const judge = new ScanJudge(reader, { purpose: options.purpose ?? 'payment', samePersonFrom: 0.4, createLifeMeter });
  let sequence = 0;
  return {
    judge,
    reader,
    meters: () => meters,
    lightShown,
    /** Shows one frame; `gapMs` is the time since the last. */
    async show(faces: readonly ScriptedFace[], gapMs = FRAME_MS): Promise<JudgedFrame> {
      timeMs += gapMs;
      const frame = frameWith({ faces, sequence, timeMs });
      sequence += 1;
      reader.show(frame);
      return judge.judge(frame);
    },
    /** Shows the same until a verdict comes. */
    async showUntilVerdict(faces: readonly ScriptedFace[], maxFrames = 40): Promise<JudgedFrame | null> {
      for (let i = 0; i < maxFrames; i += 1) {
        const judged = await this.show(faces);
        if (judged.verdict) return judged;
      }
      return null;
    },
    elapsedMs: () => timeMs - 1_000,
  };
}
let timeMs = 1_000;

describe('the quality of the picture', () => {
  it.each([
    [{ exposure: 20 }, 'less_light'],
    [{ lightBalance: 5 }, 'even_light'],
    [{ unobstructed: 20 }, 'uncover_your_face'],
    [{ sharpness: 10 }, 'hold_still'],
  ] as const)('%o asks to %s, and nothing is compared by such pictures', async (spoilt, hint) => {
    const guest = scan({});
    guest.reader.spoilt = spoilt;
    const judged = await guest.show([GUEST]);
    expect(judged.progress.hint).toBe(hint);
    expect(await guest.showUntilVerdict([GUEST])).toBeNull();
    const verdict = await guest.judge.end();
    expect(verdict).toMatchObject({ outcome: 'undecided', template: null });
    expect(verdict.reasons.map(({ code }) => code)).toContain(hint);
    // As soon as it is mended, the scan goes on.
    const other = scan({});
    other.reader.spoilt = spoilt;
    for (let i = 0; i < 6; i += 1) await other.show([GUEST]);
    other.reader.spoilt = {};
    expect((await other.showUntilVerdict([GUEST]))?.verdict?.outcome).toBe('live');
  });

  it('is asked more of for an enrolment, but nobody is turned away for it', async () => {
    const fair = { exposure: 65, eyesOpen: 30 };
    const paying = scan({});
    paying.reader.spoilt = fair;
    expect((await paying.showUntilVerdict([GUEST]))?.verdict?.outcome).toBe('live');
    const joining = scan({ purpose: 'enrolment' });
    joining.reader.spoilt = fair;
    expect((await joining.show([GUEST])).progress.hint).toBe('less_light');
    for (let i = 0; i < 100; i += 1) await joining.show([GUEST]);
    expect(joining.judge.keptFrames).toBe(0);
    for (let i = 0; i < 40; i += 1) await joining.show([GUEST]);
    expect(await joining.judge.end()).toMatchObject({ outcome: 'live', template: { poseCount: 1 } });
  });
});

describe('a payment', () => {
  it('is decided at the first checkpoint that has the evidence', async () => {
    timeMs = 1_000;
    const guest = scan({});
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict).toMatchObject({ outcome: 'live', framesUsed: 7, framesJudged: 7 });
    expect(guest.elapsedMs()).toBeLessThan(500);
    expect(judged?.progress.progress).toBe(1);
  });

  it('makes the template of the three best frames and forgets the pictures', async () => {
    const guest = scan({});
    await guest.show([GUEST]);
    expect(guest.judge.keptFrames).toBe(1);
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict?.template).toMatchObject({ frameCount: 3, poseCount: 1 });
    expect(guest.reader.embedded).toBe(3);
    expect(guest.judge.keptFrames).toBe(0);
  });

  it('waits for more evidence and gives a template only with the outcome live', async () => {
    const guest = scan({ outcome: (framesUsed) => (framesUsed < 16 ? 'undecided' : 'live') });
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict).toMatchObject({ outcome: 'live', framesUsed: 17 });
  });

  it('refuses an attack only at the second look, and embeds nothing', async () => {
    timeMs = 1_000;
    const guest = scan({ outcome: () => 'attack' });
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict).toMatchObject({ outcome: 'attack', template: null });
    expect(guest.elapsedMs()).toBeGreaterThanOrEqual(900);
    expect(guest.reader.embedded).toBe(0);
  });

  it('is undecided at the end, and says what was asked of the guest', async () => {
    const guest = scan({ outcome: () => 'undecided' });
    for (let i = 0; i < 6; i += 1) await guest.show([{ ...GUEST, depthMm: 1_100 }]);
    const verdict = await guest.judge.end();
    expect(verdict).toMatchObject({ outcome: 'undecided', template: null });
    expect(verdict.reasons.map(({ code }) => code)).toContain('come_closer');
  });

  it('is undecided after too few frames, though they looked alive', async () => {
    const guest = scan({});
    for (let i = 0; i < 4; i += 1) await guest.show([GUEST]);
    const verdict = await guest.judge.end();
    expect(verdict).toMatchObject({ outcome: 'undecided', template: null });
    expect(verdict.reasons.map(({ code }) => code)).toEqual(['too_few_frames']);
  });

  it('ends without a face when none was there', async () => {
    const guest = scan({});
    expect((await guest.show([])).progress).toMatchObject({ hint: 'look_here', face: null });
    expect(await guest.judge.end()).toMatchObject({ outcome: 'no_face', framesJudged: 1 });
  });

  it('does not measure two guests side by side', async () => {
    const guest = scan({});
    const two = [
      { ...GUEST, x: 0.33 },
      { ...GUEST, x: 0.67 },
    ];
    for (let i = 0; i < 20; i += 1) {
      expect(await guest.show(two)).toMatchObject({ progress: { hint: 'one_person_please' }, verdict: null });
    }
    expect(await guest.judge.end()).toMatchObject({ outcome: 'undecided' });
    expect(guest.reader.embedded).toBe(0);
  });

  it('begins anew when the face jumps, as another face would', async () => {
    const guest = scan({});
    for (let i = 0; i < 4; i += 1) await guest.show([GUEST]);
    const metersBefore = guest.meters();
    await guest.show([{ ...GUEST, x: 0.8, who: 1 }]);
    expect(guest.meters()).toBe(metersBefore + 1);
    expect(guest.judge.keptFrames).toBeLessThanOrEqual(1);
  });

  it('tells whoever collects the evidence what the screen shows, also when it begins anew', async () => {
    const { judge, show, meters, lightShown } = scan({ outcome: () => 'undecided' });
    const challenge = lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']);
    const whole = idealSchedule(challenge, 1_000);
    await show([GUEST]);
    judge.showLight({ ...whole, slotStartsMs: whole.slotStartsMs.slice(0, 2), codeEndMs: null });
    await show([GUEST]);
    await show([{ ...GUEST, x: 0.1 }]);
    expect(meters()).toBe(2);
    judge.showLight(whole);
    judge.showLight(null);
    expect(lightShown).toEqual([
      [1, 2],
      [2, 2],
      [2, 5],
      [2, null],
    ]);
  });

  it('does not keep a guest waiting once a light is over that the face did not answer', async () => {
    timeMs = 1_000;
    const guest = scan({ light: { code: 'light_unreadable', slotsSeen: 5 } });
    guest.judge.showLight(idealSchedule(lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']), 1_000));
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict).toMatchObject({ outcome: 'undecided', lightMissed: false });
    expect(judged?.verdict?.reasons[0].code).toBe('light_unreadable');
    // 200 ms before the five colours, 200 ms after.
    expect(guest.elapsedMs()).toBeGreaterThan(1_400);
    expect(guest.elapsedMs()).toBeLessThan(2_000);
  });

  it('does without a light that went by between two frames, and says so', async () => {
    timeMs = 1_000;
    const guest = scan({ light: { code: 'light_running', slotsSeen: 3 } });
    const schedule = idealSchedule(lightChallenge(['amber', 'teal', 'rose', 'lime', 'violet']), 1_000);
    let verdict: JudgedFrame['verdict'] = null;
    for (let i = 0; i < 9 && !verdict; i += 1) {
      // Said again with every frame, as it comes from the stream.
      guest.judge.showLight(schedule);
      ({ verdict } = await guest.show([GUEST], 220));
    }
    expect(verdict).toMatchObject({ outcome: 'live', lightMissed: true });
  });

  it('refuses frames of two people in one scan, though the face did not jump', async () => {
    const guest = scan({});
    for (let i = 0; i < 6; i += 1) expect((await guest.show([{ ...GUEST, who: i % 2 }])).verdict).toBeNull();
    const seventh = await guest.show([GUEST]);
    expect(seventh.verdict).toBeNull();
    expect(guest.reader.embedded).toBe(3);
  });

  it('never embeds a frame that looks like an attack on its own', async () => {
    const guest = scan({ attackAlone: (frame) => frame > 4 });
    const judged = await guest.showUntilVerdict([GUEST]);
    expect(judged?.verdict).toMatchObject({ outcome: 'live', template: { frameCount: 2 } });
  });

  it('is not live with a single picture for the template: nothing says that the face stayed the same', async () => {
    const guest = scan({ attackAlone: (frame) => frame > 2 });
    expect(await guest.showUntilVerdict([GUEST], 24)).toBeNull();
    expect(await guest.judge.end()).toMatchObject({ outcome: 'undecided', reasons: [{ code: 'too_few_frames' }] });
    expect(guest.reader.embedded).toBe(0);
  });

  it('tells where the face is, in shares of the picture', async () => {
    const { progress } = await scan({}).show([GUEST]);
    expect(progress.face?.x).toBeCloseTo(0.5 - 75 / 640, 3);
    expect(progress.face?.width).toBeCloseTo(150 / 640, 3);
    expect(progress.face?.height).toBeCloseTo(150 / 480, 3);
  });
});

describe('an enrolment', () => {
  it('asks for both sides after the front and keeps a template of three poses', async () => {
    const guest = scan({ purpose: 'enrolment' });
    const hints = new Set<string>();
    let yawDeg = 0;
    let judged: JudgedFrame | null = null;
    for (let i = 0; i < 60 && !judged?.verdict; i += 1) {
      judged = await guest.show([{ ...GUEST, yawDeg }]);
      const { hint } = judged.progress;
      hints.add(hint);
      yawDeg = hint === 'turn_left' ? 18 : hint === 'turn_right' ? -18 : 0;
    }
    expect([...hints]).toEqual(['good', 'turn_left', 'turn_right']);
    expect(judged?.verdict).toMatchObject({ outcome: 'live', template: { poseCount: 3, frameCount: 7 } });
    expect(guest.judge.keptFrames).toBe(0);
  });

  it('exchanges the words for a guest who confuses left and right', async () => {
    timeMs = 1_000;
    const guest = scan({ purpose: 'enrolment' });
    let yawDeg = 0;
    let judged: JudgedFrame | null = null;
    for (let i = 0; i < 120 && !judged?.verdict; i += 1) {
      judged = await guest.show([{ ...GUEST, yawDeg }]);
      const { hint } = judged.progress;
      yawDeg = hint === 'turn_left' ? -18 : hint === 'turn_right' ? 18 : 0;
    }
    expect(judged?.verdict).toMatchObject({ outcome: 'live', template: { poseCount: 3 } });
    expect(guest.elapsedMs()).toBeLessThan(1_500);
  });

  it('does with the front of somebody who does not turn', async () => {
    const guest = scan({ purpose: 'enrolment' });
    const judged = await guest.showUntilVerdict([GUEST], 250);
    expect(judged?.verdict).toMatchObject({ outcome: 'live', template: { poseCount: 1 } });
    expect(judged?.verdict?.reasons.map(({ code }) => code)).toContain('single_pose');
  });

  it.each([6, 20])('does with the front when the frames end after %d', async (frames) => {
    const guest = scan({ purpose: 'enrolment' });
    for (let i = 0; i < frames; i += 1) expect((await guest.show([GUEST])).verdict).toBeNull();
    const verdict = await guest.judge.end();
    expect(verdict).toMatchObject({ outcome: 'live', template: { poseCount: 1 } });
    expect(verdict.reasons.map(({ code }) => code)).toContain('single_pose');
    expect(guest.judge.keptFrames).toBe(0);
  });

  it('leaves out a side that shows somebody else', async () => {
    const guest = scan({ purpose: 'enrolment' });
    let face: ScriptedFace = GUEST;
    let judged: JudgedFrame | null = null;
    for (let i = 0; i < 60 && !judged?.verdict; i += 1) {
      judged = await guest.show([face]);
      const { hint } = judged.progress;
      const yawDeg = hint === 'turn_left' ? 18 : hint === 'turn_right' ? -18 : 0;
      face = { ...GUEST, yawDeg, who: hint === 'turn_right' ? 1 : 0 };
    }
    expect(judged?.verdict).toMatchObject({ outcome: 'live', template: { poseCount: 2 } });
  });

  it('is not live when what came after the front was not', async () => {
    const guest = scan({ purpose: 'enrolment', outcome: (framesUsed) => (framesUsed < 12 ? 'live' : 'attack') });
    const judged = await guest.showUntilVerdict([GUEST], 250);
    expect(judged?.verdict).toMatchObject({ outcome: 'attack', template: null });
  });
});
