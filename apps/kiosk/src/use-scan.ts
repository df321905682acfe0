import type { ScanEvent, ScanHint } from '@smile/contract';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { noticeOf } from './actions.ts';
import { asApiError, type ScanRequest, type Terminal } from './api.ts';
import { LIGHT_UNREADABLE, type Notice } from './flow.ts';
import { showLight } from './light-show.ts';
import { createPlainPreview, createPreview, type FacePlace } from './preview.ts';

/** The terminal's camera has no picture at all for so long: something is wrong with the line. */
const SILENCE_MS = 12_000;

/** Grey of the light challenge's own brightness. */
const REST_COLOUR = '#9b9b9b';

export type ScanView = {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** What shines on the guest: the whole surround of the mirror. */
  readonly lightField: RefObject<HTMLDivElement | null>;
  /** Whether coloured light is part of this scan. */
  readonly lit: boolean;
  readonly hint: ScanHint | null;
  /** 0..1 of what is needed. */
  readonly progress: number;
  readonly hasPicture: boolean;
};

export type ScanEnd = {
  readonly onLive: (scanId: string) => void;
  readonly onRefused: (notice: Notice) => void;
};

/** The outcome, and for the one reason that the guest can choose a way around, that reason. */
function refusalCode({ outcome, reasons }: Extract<ScanEvent, { type: 'decision' }>): string {
  const lightUnread = outcome === 'undecided' && reasons.some(({ code }) => code === LIGHT_UNREADABLE);
  return lightUnread ? LIGHT_UNREADABLE : outcome;
}

/** Whether this page's last payment scan had light: then the next one begins on the rest colour, a moment earlier. */
let lastHadLight = false;

/** Runs one scan while the screen that uses it is shown; leaving the screen ends the scan. */
export function useScan(terminal: Terminal, request: ScanRequest | null, end: ScanEnd): ScanView {
  const canvas = useRef<HTMLCanvasElement>(null);
  const lightField = useRef<HTMLDivElement>(null);
  const [hint, setHint] = useState<ScanHint | null>(null);
  const [progress, setProgress] = useState(0);
  const [hasPicture, setHasPicture] = useState(false);
  const [lit, setLit] = useState(false);
  const latest = useRef(end);
  latest.current = end;
  const key = request ? JSON.stringify(request) : '';

  useEffect(() => {
    if (key === '') return;
    const asked = JSON.parse(key) as ScanRequest;
    let over = false;
    let close = () => {};
    let endLight = () => {};
    const paint = (colour: string | null) => {
      const field = lightField.current;
      if (!field) return;
      field.style.backgroundColor = colour ?? '';
      field.dataset.light = colour === null ? 'off' : 'on';
    };
    let restSinceMs: number | null = null;
    // The rest colour is there before the code is known, so that it can follow at once. It is on the screen in the frame
    // after the one that paints it.
    const paintRest = () => {
      paint(REST_COLOUR);
      requestAnimationFrame(() =>
        requestAnimationFrame((timeMs) => {
          restSinceMs ??= timeMs;
        }),
      );
    };
    const guessedLight = asked.purpose !== 'enrolment' && asked.light !== false && lastHadLight;
    if (guessedLight) paintRest();
    let silence = 0;
    let face: FacePlace | null = null;
    // In the lab it matters what stands beside the face: the edge of a sheet, a hand.
    const preview = asked.purpose === 'lab' ? createPlainPreview() : createPreview();
    const refuse = (notice: Notice) => {
      if (over) return;
      over = true;
      clearTimeout(silence);
      endLight();
      close();
      latest.current.onRefused(notice);
    };
    const listen = () => {
      clearTimeout(silence);
      silence = window.setTimeout(() => refuse({ code: 'scan_lost', retryAfterMs: null }), SILENCE_MS);
    };
    listen();
    terminal
      .startScan(asked)
      .then(({ scanId, light: willBeLit }) => {
        if (over) return;
        setLit(willBeLit);
        if (asked.purpose !== 'enrolment' && asked.light !== false) lastHadLight = willBeLit;
        if (willBeLit && !guessedLight) paintRest();
        if (!willBeLit && guessedLight) paint(null);
        const watched = terminal.watchScan(scanId, {
          onEvent(event) {
            if (over) return;
            listen();
            if (event.type === 'progress') {
              setHint(event.hint);
              setProgress(event.progress);
              face = event.face;
            } else if (event.type === 'error') {
              refuse({ code: event.code === 'network_error' ? 'scan_lost' : event.code, retryAfterMs: null });
            } else if (event.type === 'decision') {
              if (event.outcome !== 'live') return refuse({ code: refusalCode(event), retryAfterMs: null });
              over = true;
              clearTimeout(silence);
              setProgress(1);
              setHint('good');
              latest.current.onLive(scanId);
            }
          },
          onLight(light) {
            if (over) return;
            listen();
            endLight();
            restSinceMs ??= performance.now();
            endLight = showLight(light, restSinceMs, {
              paint,
              report: watched.painted,
              requestFrame: (callback) => requestAnimationFrame(callback),
              cancelFrame: (handle) => cancelAnimationFrame(handle),
              now: () => performance.now(),
            });
          },
          onPreview(jpeg) {
            if (over) return;
            listen();
            void preview.draw(canvas.current, jpeg, face).then((drawn) => {
              if (drawn && !over) setHasPicture(true);
            });
          },
          onClosed: () => refuse({ code: 'scan_lost', retryAfterMs: null }),
        });
        close = watched.close;
      })
      .catch((error: unknown) => refuse(noticeOf(asApiError(error))));
    return () => {
      over = true;
      clearTimeout(silence);
      endLight();
      close();
    };
  }, [terminal, key]);
  return { canvas, lightField, lit, hint, progress, hasPicture };
}
