import {
  ApiError,
  type Client,
  createClient,
  type KioskState,
  KioskStateSchema,
  type LabPresentation,
  type LocalLight,
  LocalLightSchema,
  type LocalPainted,
  type LocalScanStarted,
  LocalScanStartedSchema,
  type ScanEvent,
  ScanEventSchema,
} from '@smile/contract';
import { connectLocal } from './local.ts';

export type ScanRequest =
  | { readonly purpose: 'payment'; readonly paymentId: string; readonly light: boolean }
  | { readonly purpose: 'enrolment'; readonly personToken: string }
  | LabScanRequest;

/** An attempt in the attack lab; `attempt` tells it from the one before. */
export type LabScanRequest = {
  readonly purpose: 'lab';
  readonly sessionId: string;
  readonly attempt: number;
  readonly presentation: LabPresentation;
  readonly light: boolean;
};

/** The terminal that serves this page: its own small API, and the platform behind it. */
export type Terminal = {
  readonly platform: Client;
  state(): Promise<KioskState>;
  startScan(request: ScanRequest): Promise<LocalScanStarted>;
  /** Opens the socket of a started scan; the returned function closes it, which ends the scan. */
  watchScan(scanId: string, listener: ScanListener): WatchedScan;
};

export type WatchedScan = { readonly close: () => void; readonly painted: (painted: LocalPainted) => void };

export type ScanListener = {
  readonly onEvent: (event: ScanEvent) => void;
  readonly onPreview: (jpeg: Blob) => void;
  readonly onLight: (light: LocalLight) => void;
  /** The socket is gone; nothing comes after it. */
  readonly onClosed: () => void;
};

/** `origin` is where the page comes from, such as `http://127.0.0.1:8081`. */
export function connectTerminal(origin: string, fetchFn: typeof fetch = (...given) => fetch(...given)): Terminal {
  const local = connectLocal(origin, fetchFn);
  return {
    platform: createClient({ baseUrl: origin, fetch: fetchFn }),
    state: async () => KioskStateSchema.parse(await local('/local/state')),
    startScan: async (request) => LocalScanStartedSchema.parse(await local(...startOf(request))),
    watchScan(scanId, listener) {
      const url = new URL(`/local/scans/${encodeURIComponent(scanId)}`, origin);
      url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
      const socket = new WebSocket(url);
      socket.binaryType = 'blob';
      socket.onmessage = (message: MessageEvent<unknown>) => {
        if (message.data instanceof Blob) return listener.onPreview(message.data);
        const json = readJson(String(message.data));
        const light = LocalLightSchema.safeParse(json);
        if (light.success) return listener.onLight(light.data);
        const event = ScanEventSchema.safeParse(json);
        if (event.success) listener.onEvent(event.data);
      };
      socket.onclose = () => listener.onClosed();
      return {
        close() {
          socket.onmessage = null;
          socket.onclose = null;
          socket.close();
        },
        painted(painted) {
          if (socket.readyState === WebSocket.OPEN) {
            socket.send(JSON.stringify({ ...painted, sentAtUnixMs: Date.now() } satisfies LocalPainted));
          }
        },
      };
    },
  };
}

function startOf(request: ScanRequest): [path: string, options: { body: unknown }] {
  if (request.purpose !== 'lab') return ['/local/scans', { body: request }];
  const { sessionId, presentation, light } = request;
  return [`/lab/api/sessions/${encodeURIComponent(sessionId)}/attempts`, { body: { presentation, light } }];
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether the same call may simply be made again: nobody said no, there was just no answer. */
export function isTransient(error: ApiError): boolean {
  return error.code === 'network_error' || error.code === 'bad_response' || error.status >= 500;
}

/** A fault of our own code is not worded as if the API had spoken. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  console.error(error);
  return new ApiError(0, { type: 'api_error', code: 'internal_error', message: String(error) });
}
