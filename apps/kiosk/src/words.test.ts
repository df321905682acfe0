import { type Entry, holesOf } from '@smile/ui';
import { describe, expect, it } from 'vitest';
import { words as labWords } from './lab/words.ts';
import { failureCode, failureTitles, failureWords, words } from './words.ts';

const everything: [string, Entry][] = [
  ...Object.entries(words),
  ...Object.entries(labWords).map(([key, entry]): [string, Entry] => [`lab ${key}`, entry]),
  ...Object.entries(failureWords).map(([key, entry]): [string, Entry] => [`failure ${key}`, entry]),
  ...Object.entries(failureTitles).map(([key, entry]): [string, Entry] => [`title ${key}`, entry]),
];
const formsOf = (text: Entry['en']) => (typeof text === 'string' ? [text] : Object.values(text));

describe('the kiosk’s words', () => {
  it.each(everything)('%s is there in both languages', (_, entry) => {
    for (const form of [...formsOf(entry.en), ...formsOf(entry.zh)]) expect(form.trim()).not.toBe('');
    // A Chinese text without a Chinese character was forgotten.
    for (const form of formsOf(entry.zh)) expect(form).toMatch(/\p{Script=Han}/u);
    for (const form of formsOf(entry.en)) expect(form).not.toMatch(/\p{Script=Han}/u);
  });

  it.each(everything)('%s has the same holes in both languages', (_, entry) => {
    expect(holesOf(entry.zh)).toEqual(holesOf(entry.en));
  });

  it('calls the customer 您 throughout, never 你', () => {
    for (const [, entry] of everything) for (const form of formsOf(entry.zh)) expect(form).not.toContain('你');
  });
});

describe('failureCode', () => {
  it('has words of its own for what a guest can meet', () => {
    const met = [
      ...[
        'attack',
        'undecided',
        'light_unreadable',
        'no_face',
        'aborted',
        'scan_lost',
        'scan_timeout',
        'scans_at_capacity',
      ],
      ...['identification_failed', 'face_pay_locked', 'identification_locked', 'pin_locked', 'phone_invalid'],
      ...['insufficient_funds', 'payment_canceled', 'payment_pin_required', 'payment_refused', 'payment_unknown'],
      ...['code_wrong', 'code_expired', 'code_used_up', 'pin_weak', 'face_pay_not_on', 'camera_unavailable'],
      'network_error',
    ];
    for (const code of met) expect(failureCode(code)).toBe(code);
  });

  it('falls back for a code it has never heard of, whatever it is called', () => {
    expect(failureCode('something_new')).toBe('other');
    expect(failureCode('toString')).toBe('other');
  });
});
