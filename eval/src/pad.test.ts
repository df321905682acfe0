import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BONA_FIDE_SUBGROUPS, bonaFide, PERSON_SEEDS } from '@smile/simulator';
import { describe, expect, it } from 'vitest';
import { normalDeviate } from './pad/charts.ts';
import { openJournal } from './pad/journal.ts';
import { detCurve } from './pad/rates.ts';
import { padReportHtml } from './pad/report.ts';
import { BONA_FIDE, type TrialResult } from './pad/trial.ts';
import { identitiesOf, padReport, runPad } from './pad.ts';

describe('the DET curve', () => {
  it('trades one error for the other', () => {
    const curve = detCurve([1, 2, 3, 4], [Number.NEGATIVE_INFINITY, 0, 1.5, 2.5]);
    expect(curve[0]).toEqual({ threshold: 0, apcer: 0.75, bpcer: 0 });
    expect(curve.at(-1)).toEqual({ threshold: 4, apcer: 0, bpcer: 0.75 });
  });
});

function trial(species: number, outcome: TrialResult['outcome'], subgroups: string[] = []): TrialResult {
  return {
    species,
    person: 1,
    outcome,
    reason: 'because',
    nats: 1,
    frames: 9,
    decisionMs: 600,
    cpuMs: 100,
    subgroups,
  };
}

describe('the report', () => {
  it('tells refused from undecided, and puts the worst species in scope first', () => {
    const report = padReport(
      [
        trial(BONA_FIDE, 'live', ['glasses']),
        trial(BONA_FIDE, 'attack', ['glasses']),
        trial(BONA_FIDE, 'undecided', ['hat']),
        trial(BONA_FIDE, 'live', ['hat']),
        trial(1, 'attack'),
        trial(4, 'live'),
        trial(22, 'live'),
        trial(29, 'unsigned'),
      ],
      { seed: 1, from: 0, to: 9 },
    );
    expect(report).toMatchObject({ bpcer: 0.25, undecidedRate: 0.25, notAcceptedRate: 0.5, worstApcer: 1 });
    expect(report.species.map(({ id, apcer }) => [id, apcer])).toEqual([
      [4, 1],
      [1, 0],
      [29, 0],
      [22, 1],
    ]);
    expect(report.subgroups.find(({ name }) => name === 'glasses')).toMatchObject({ trials: 2, bpcer: 0.5 });
  });
});

describe('the page', () => {
  it('knows the normal distribution', () => {
    expect(normalDeviate(0.5)).toBeCloseTo(0, 9);
    expect(normalDeviate(0.025)).toBeCloseTo(-1.959964, 5);
    expect(normalDeviate(0.999)).toBeCloseTo(3.090232, 5);
  });
  it('says that it is simulated, shows every species, and escapes what it prints', () => {
    const results = [trial(BONA_FIDE, 'live', ['hat']), { ...trial(1, 'live'), reason: '<b>' }, trial(22, 'attack')];
    const html = padReportHtml(padReport(results, { seed: 1, from: 0, to: 9 }), results);
    expect(html).toContain('<b>Simulated.</b>');
    expect(html).toContain('1 matte A4 print, held and tilted');
    expect(html).toContain('<i>22 rigid 3D mask</i>');
    expect(html).toContain('&lt;b&gt; 1');
    expect(html).not.toMatch(/src="(?!data:)|href="http/);
  });
});

describe('the journal of a long run', () => {
  const facts = { seed: 7, automatics: 'held', photos: false };
  const inFolder = async (use: (path: string) => void) => {
    const folder = await mkdtemp(join(tmpdir(), 'smile-journal-'));
    use(join(folder, 'trials.jsonl'));
    await rm(folder, { recursive: true });
  };

  it('goes on where a run was cut short, in the midst of a line too', async () => {
    await inFolder((path) => {
      const first = openJournal(path, facts, 'code 1');
      first.add({ ...trial(BONA_FIDE, 'live'), picture: Uint8Array.of(1, 2, 3) });
      first.add(trial(4, 'attack'));
      appendFileSync(path, '{"species":5,"pers');
      const second = openJournal(path, facts, 'code 1');
      expect(second.earlier).toMatchObject([{ species: BONA_FIDE, picture: Buffer.from([1, 2, 3]) }, { species: 4 }]);
      second.add(trial(5, 'attack'));
      expect(openJournal(path, facts, 'code 1').earlier.map(({ species }) => species)).toEqual([BONA_FIDE, 4, 5]);
    });
  });

  it('does not mix trials of different runs or code', async () => {
    await inFolder((path) => {
      openJournal(path, facts, 'code 1');
      expect(() => openJournal(path, { ...facts, seed: 8 }, 'code 1')).toThrow('another run');
      expect(() => openJournal(path, facts, 'code 2')).toThrow('another run');
    });
  });
});

describe('the people of an evaluation', () => {
  it('are of every kind that is reported, in every two dozen of them', () => {
    const seen = new Set(identitiesOf(7, 24).flatMap((person) => bonaFide(person).subgroups));
    expect(BONA_FIDE_SUBGROUPS.filter((name) => !seen.has(name))).toEqual([]);
  });

  it('are others for another seed', () => {
    const [one, other] = [7, 8].map((seed) => identitiesOf(seed, 300));
    expect(one.filter((person) => other.includes(person))).toEqual([]);
    expect(one.every((person) => person >= PERSON_SEEDS.reporting.from)).toBe(true);
  });
});

describe('attack evaluation on simulated people', () => {
  it('accepts genuine people and none of the main species', async () => {
    const main = [1, 13, 29];
    const report = await runPad({ trials: 2, seed: 7, species: main });
    expect(report.simulated).toBe(true);
    expect(report.species.map(({ id }) => id).sort((a, b) => a - b)).toEqual(main);
    for (const { apcer } of report.species) expect(apcer).toBe(0);
    expect(report.bpcer).toBe(0);
    expect(report.people.from).toBeGreaterThanOrEqual(10_000);
  }, 120_000);
});
