import type { LabAttempt, LabSession, ScanOutcome } from '@smile/contract';
import { ATTACK_SPECIES } from '@smile/simulator';
import { describe, expect, it } from 'vitest';
import { labReport, poolingFault } from './report.ts';
import { labReportHtml } from './report-page.ts';
import { LAB_SPECIES } from './species.ts';

let number = 0;
function attempt(presentation: LabAttempt['presentation'], outcome: ScanOutcome, more: Partial<LabAttempt> = {}) {
  number += 1;
  return {
    number,
    at: '2026-05-01T12:00:00.000Z',
    scanId: `scn_${number}`,
    presentation,
    outcome,
    errorCode: null,
    decisionMs: 900,
    reasons: [{ code: outcome === 'live' ? 'shape_like_face' : 'surface_flat', message: 'Because.' }],
    findings: null,
    capture: null,
    voided: null,
    ...more,
  } satisfies LabAttempt;
}
const print = (outcome: ScanOutcome, instrument = '1', more: Partial<LabAttempt> = {}) =>
  attempt({ what: 'attack', kind: 'print', series: 'A', instrument, material: '', notes: '' }, outcome, more);
const doll = (outcome: ScanOutcome) =>
  attempt({ what: 'attack', kind: 'doll', series: 'B', instrument: '1', material: '', notes: '' }, outcome);
const genuine = (outcome: ScanOutcome, subject = 'P1') => attempt({ what: 'bona_fide', subject, notes: '' }, outcome);

function session(attempts: LabAttempt[], more: Partial<LabSession> = {}): LabSession {
  return {
    format: 1,
    id: 'lab_202605011200_00000000',
    createdAt: '2026-05-01T12:00:00.000Z',
    title: 'Counter <1>',
    place: '',
    operatorId: 'opr_1',
    terminalId: 'trm_1',
    softwareVersion: '0',
    judge: { modelVersion: 'm', lightChallenge: true },
    camera: { kind: 'structured-light', model: 'Model', driver: 'openni2', serial: null },
    simulated: false,
    consent: null,
    attempts,
    ...more,
  };
}
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

describe('the list of species', () => {
  it('is what the simulator can present, by the same numbers', () => {
    const presented = ATTACK_SPECIES.filter(({ way }) => way === 'presented');
    const byNumber = (a: { id: number }, b: { id: number }) => a.id - b.id;
    expect(LAB_SPECIES.map(({ id, kind, inScope }) => ({ id, kind, inScope })).sort(byNumber)).toEqual(
      presented.map(({ id, kind, inScope }) => ({ id, kind, inScope })).sort(byNumber),
    );
  });
});

describe('the report', () => {
  it('gives each species its own rate, the worst first, with bounds', () => {
    const { species } = labReport([session([...times(30, () => print('attack')), ...times(4, () => doll('live'))])]);
    expect(species.map(({ kind }) => kind)).toEqual(['doll', 'print']);
    expect(species[0]).toMatchObject({ attempts: 4, accepted: 4, apcer: { rate: 1, high95: 1 } });
    expect(species[0].apcer.low95).toBeCloseTo(0.05 ** (1 / 4), 6);
    // Rule of three: none of 30 still allows for about one in ten.
    expect(species[1].apcer).toMatchObject({ rate: 0, low95: 0 });
    expect(species[1].apcer.high95).toBeCloseTo(0.095, 3);
    expect(species[1].neededForOnePercent).toBe(299);
  });

  it('puts the less tried first where the rates are equal', () => {
    const { species } = labReport([session([...times(9, () => print('attack')), ...times(3, () => doll('attack'))])]);
    expect(species.map(({ kind }) => kind)).toEqual(['doll', 'print']);
  });

  it('counts no decision as an attempt and as no error, and tells it apart', () => {
    const attempts = [print('live'), print('undecided'), print('no_face'), print('attack'), genuine('undecided')];
    const { species, bonaFide } = labReport([session(attempts)]);
    expect(species[0]).toMatchObject({ attempts: 4, noDecision: 2, apcer: { rate: 0.25 }, nonResponse: { rate: 0.5 } });
    expect(bonaFide).toMatchObject({ attempts: 1, bpcer: { rate: 0 }, nonResponse: { rate: 1 } });
  });

  it('leaves out what was broken off or voided, and says how many', () => {
    const voided = { reason: 'the wrong sheet', at: '2026-05-01T12:00:00.000Z' };
    const attempts = [print('attack'), print('aborted'), print('live', '1', { voided }), genuine('live')];
    const report = labReport([session(attempts)]);
    expect(report.species[0]).toMatchObject({ attempts: 1, accepted: 0 });
    expect(report).toMatchObject({ aborted: 1, voided: 1 });
    expect(report.warnings).toContain('many_voided');
  });

  it('counts pieces, and which of them ever got through', () => {
    const { species, bonaFide } = labReport([
      session([print('attack', '1'), print('live', '2'), print('live', '2'), genuine('live'), genuine('live', 'P2')]),
    ]);
    expect(species[0]).toMatchObject({ series: 1, instruments: 2, instrumentsAccepted: 1 });
    expect(bonaFide.subjects).toBe(2);
  });

  it('warns of what it does not prove', () => {
    const simulated = labReport([session([print('attack')], { simulated: true })]);
    expect(simulated.warnings).toEqual(['simulated', 'few_attempts', 'one_instrument', 'no_genuine']);
    const judge = { modelVersion: 'm', lightChallenge: false };
    expect(labReport([session([], { judge })]).warnings).toEqual(['light_off', 'no_genuine']);
  });

  it('counts sessions together only where they are of one kind', () => {
    const first = session([print('attack')]);
    expect(labReport([first, session([print('live')])]).species[0]).toMatchObject({ attempts: 2, accepted: 1 });
    expect(poolingFault([first, session([], { simulated: true })])).toMatch('simulated and real');
    const otherJudge = session([], { judge: { modelVersion: 'm', lightChallenge: false } });
    expect(() => labReport([first, otherJudge])).toThrow(RangeError);
  });
});

describe('the report’s page', () => {
  it('is in both languages, and nothing typed becomes markup', () => {
    const own = session([print('live', '<b>2</b>'), genuine('attack')], { simulated: true });
    for (const language of ['en', 'zh'] as const) {
      const html = labReportHtml([own], labReport([own]), language);
      expect(html).toContain(`<html lang="${language}">`);
      expect(html).toContain('Counter &lt;1&gt;');
      expect(html).not.toContain('<b>2</b>');
      expect(html).not.toMatch(/undefined|NaN|\[object/);
    }
    expect(labReportHtml([own], labReport([own]), 'en')).toContain('Simulated.');
    expect(labReportHtml([session([])], labReport([session([])]), 'en')).toContain('Nothing has been tried yet.');
  });
});
