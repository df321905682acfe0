import { SCAN_HINTS } from '@smile/contract';
import { STREAM_ERRORS } from './errors.ts';
import { LATE_WARNING_MS } from './light.ts';
import { OPEN_WITHIN_MS, PROBE_LIFETIME_MS, SCAN_LIMITS, SCAN_MOVES, SCAN_PURPOSES } from './model.ts';
import { STREAM_ROUTE } from './service.ts';

const MADE = '<!-- Made by `node apps/server/src/docs/write.ts` from the tables in the code; do not edit. -->';

/** How a terminal talks to a scan; states, limits and codes are those the code checks. */
export function scansPage(): string {
  const seconds = (ms: number) => `${ms / 1_000} s`;
  const limits = SCAN_PURPOSES.map((purpose) => {
    const { maxFrames, maxFrameBytes, maxFramesPerSecond, maxDurationMs } = SCAN_LIMITS[purpose];
    return `| ${purpose} | ${maxFrames} | ${maxFrameBytes / 1_000} kB | ${maxFramesPerSecond} | ${seconds(maxDurationMs)} |`;
  });
  const moves = Object.entries(SCAN_MOVES).flatMap(([from, targets]) => targets.map((to) => `  ${from} --> ${to}`));
  const errors = Object.entries(STREAM_ERRORS)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([code, words]) => `### ${code}\n\n${words[0].toUpperCase()}${words.slice(1)}.\n`);
  return `# Scans

${MADE}

A terminal asks for a scan (\`createScan\`), opens its WebSocket within ${seconds(OPEN_WITHIN_MS)} and streams signed frames until
the server has decided. The template of a live payment scan waits ${seconds(PROBE_LIFETIME_MS)}, sealed, for the phone number to be
typed; an enrolment stores it with the person at once. Frames are gone with the decision: what stays is the evidence
(outcome, reasons, numbers, the last link of the frame chain).

An operator's scan for the **attack lab** (\`createLabScan\`: device signature and operator token) is judged like a payment's and is good for
nothing else: it belongs to no payment and to nobody, its template never leaves the worker, and it is over with its decision. Its decision
alone brings \`findings\`, the evidence cue by cue.

## The stream

\`GET ${STREAM_ROUTE}\` with a \`Smile-Device\` header, once. What can be refused before the upgrade is
answered as plain HTTP with a code (see errors.md). Then:

1. Terminal, text: \`{"type":"start","camera":{"kind","model","serial","driver"},"light"}\`; \`light\` is \`shown\`, or why not: \`declined\` (by the
   guest) or \`unsupported\`.
2. Server, text: \`{"type":"ready","light"}\` with the light challenge, or null: see below.
3. Terminal, binary: one signed frame a message (\`packages/camera\`: \`encodeFrame\`, \`FrameSigner\`). Every frame is checked in
   its chain; only as many are looked at as the workers keep up with, the latest few.
4. Server, text: \`progress\` with a hint (${SCAN_HINTS.map((hint) => `\`${hint}\``).join(', ')}), the progress 0..1 and
   where the face is. \`turn_left\` means the guest's own left, which is the right of a picture that is not mirrored.
5. Terminal, text, if it has no more frames: \`{"type":"end"}\`. The limits below end a scan as well.
6. Server, text: \`decision\` with outcome, reasons and time; or \`error\` with one of the codes below. Then it closes.

| purpose | frames | bytes of a message | frames a second | time from the first frame |
|---|---|---|---|---|
${limits.join('\n')}

## The light challenge

Of payments and the attack lab, unless \`LIGHT_CHALLENGE=off\`. The challenge is drawn from the nonce, so it is used once, like the nonce. The terminal
has its page show the rest colour, the slots and the rest colour again, once, and says in **notes** when each was really painted, on
the clock that stamps the frames:
\`{"type":"light","shown":"lead"|0..4|"end","deviceTimeMs","exposureMs","colourLock"}\`. Notes hang in the chain between the frames (\`FrameSigner.signNote\`),
so nobody on the way can change them. \`colourLock\` (\`locked\`, \`free\`, \`unsupported\`) says for each colour whether the
camera held exposure and white balance; the evidence keeps the worst of them. A note out of order, or more than 1.5 s from the frames, ends the stream. A screen that was merely
too slow makes the light worthless: the scan goes on by depth alone, its evidence says \`faulty\`, \`not_shown\`, \`declined\` or \`unsupported\`, and the payment
asks for the PIN. Frames that came so seldom that the light went by between them (\`too_few_frames\`) count as a
faulty light too. A light that was seen and not answered leaves the scan undecided with \`light_unreadable\`, as soon as the last colour is over;
the guest may try again, or go without light.

How late a terminal's frames show a paint is learned from its genuine scans (\`scans_light_calibration\`, anew for another camera): the mean of the
first five, for which the answer is looked for within 130 ms around 90 ms; after that within 30 ms, and no scan moves it by more than 10 ms; \`smile_scan_light_lateness_seconds\` and a warning from ${LATE_WARNING_MS} ms on watch it.

## States

\`\`\`mermaid
stateDiagram-v2
  [*] --> created
${moves.join('\n')}
\`\`\`

## Errors of the stream

The first thing that is wrong ends the stream and leaves the scan \`aborted\`. A message of more than 2 MiB is cut off by the
WebSocket itself (close code 1009).

${errors.join('\n')}`;
}
