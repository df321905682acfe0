import type { Frame } from '@smile/camera';
import { attackWith, captureInTurn, proceduralPerson, type Rgb, type Subject } from '@smile/simulator';

/** Captures of the simulator for tests and the bench of scans; they say nothing about real people or attacks. */
export type GuestOptions = {
  /** Of the face from the camera. */
  readonly distanceMm?: number;
  readonly framesPerSecond?: number;
  /** Another capture of the same person: other small movements, other noise, another corner of the shop. */
  readonly take?: number;
  /** What the screen casts on the scene, linear 0..1 of its white, by time since the first frame. */
  readonly screenColour?: (elapsedMs: number) => Rgb;
  /** How many frames show the same pose (default 2): rendering one takes a tenth of a second. */
  readonly framesPerPose?: number;
};

/** Nobody stands before a test's camera for longer. */
const MAX_FRAMES = 120;

/** Building a person takes half a second, and a test file meets the same few again and again. */
const people = new Map<number, Subject>();

function personOf(seed: number): Subject {
  const person = people.get(seed) ?? proceduralPerson(seed);
  people.set(seed, person);
  return person;
}

/** Somebody before the camera; each call gives the next frame, turned to the side as a willing guest turns. */
export function madeUpGuest(seed: number, options: GuestOptions = {}): (yawDeg?: number) => Frame {
  return before(personOf(seed), options);
}

/** Somebody who holds a print of that person before the camera. */
export function guestWithPrint(seed: number, options: GuestOptions = {}): (yawDeg?: number) => Frame {
  return before(attackWith('print', personOf(seed), { seed }), options);
}

/** That person asleep. */
export function guestAsleep(seed: number, options: GuestOptions = {}): (yawDeg?: number) => Frame {
  return before(attackWith('eyes-closed', personOf(seed), { seed }), options);
}

function before(subject: Subject, options: GuestOptions): (yawDeg?: number) => Frame {
  const { distanceMm = 550, framesPerSecond = 15, take = 0, screenColour, framesPerPose = 2 } = options;
  let turnedDeg = 0;
  const frames = captureInTurn({
    subject,
    seed: take + 1,
    frames: MAX_FRAMES,
    framesPerSecond,
    posesPerSecond: framesPerSecond / framesPerPose,
    distanceMm,
    smiling: true,
    screenColour,
    turnedToDeg: () => turnedDeg,
  });
  return (yawDeg = 0) => {
    turnedDeg = yawDeg;
    const { value, done } = frames.next();
    if (done || !value) throw new Error('the guest has gone');
    return value;
  };
}
