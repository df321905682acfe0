import type { Client, Pool, Queryable } from '@smile/postgres';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { ServerConfig } from './config.ts';
import type { FaceFacts } from './faces/model.ts';

/**
 * What the rooms of the server know of each other. Each room is built by a function that takes what it needs from here
 * and gives back one of these ports; only app.ts sees all of them.
 */

/** Every room gets these. */
export type RoomTools = {
  readonly config: ServerConfig;
  readonly pool: Pool;
  readonly log: Logger;
  /** Metrics registered here appear at /metrics. */
  readonly metrics: Registry;
  /** The time; tests turn it. */
  readonly now: () => Date;
  /** 32 bytes for one purpose, always the same on servers with the same secret (HKDF-SHA256). */
  readonly deriveKey: (purpose: string) => Buffer;
};

/** What is kept of a finished scan beside a payment: numbers and words, nothing to rebuild a face from. */
export type ScanEvidence = {
  readonly scanId: string;
  readonly outcome: 'live' | 'attack' | 'undecided' | 'no_face' | 'aborted';
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  /** `3d` when measured depth took part in the decision. */
  readonly cameraKind: '3d' | '2d';
  readonly cameraModel: string | null;
  readonly framesJudged: number;
  readonly decisionMs: number;
  /** True when the frames came from a simulator or a recording. */
  readonly simulated: boolean;
  /** What became of the light challenge; missing before there was one. */
  readonly light?: { readonly state: string };
};

export type ScanConsumption =
  | ({ readonly ok: true; readonly evidence: ScanEvidence } & FaceProbe)
  | {
      readonly ok: false;
      readonly code: 'scan_not_found' | 'scan_not_live' | 'scan_expired' | 'scan_already_used' | 'scan_undecided';
    };

/** The scans room, as payments sees it. */
export type ScansPort = {
  /** The same as `consumeForPayment` without taking it: to find out what to ask the guest. */
  peekForPayment(wanted: {
    readonly scanId: string;
    readonly terminalId: string;
    readonly paymentId: string;
  }): Promise<ScanConsumption>;
  /**
   * Takes the finished scan of this terminal and payment for one comparison. A scan can be taken once: the taking is
   * part of the caller's transaction, so it is taken only if that commits.
   */
  consumeForPayment(
    client: Client,
    wanted: { readonly scanId: string; readonly terminalId: string; readonly paymentId: string },
  ): Promise<ScanConsumption>;
};

/** A face as a scan saw it: unit length, and its size where the camera measured it. */
export type FaceProbe = { readonly probe: Float32Array; readonly facts: FaceFacts };

export type FaceMatch = {
  readonly similarity: number;
  readonly threshold: number;
  readonly modelVersion: string;
  /** Whether the size of the face is that of the enrolment; null when it was not measured both times. */
  readonly sizeFits: boolean | null;
};

export type FaceComparison =
  | ({ readonly ok: true; readonly match: boolean } & FaceMatch)
  | { readonly ok: false; readonly code: 'no_face_enrolled' };

export type ShortListAnswer =
  | ({ readonly ok: true; readonly personId: string } & FaceMatch)
  /** `not_clear`: two people of the list are too near each other. `list_too_long`: no evidence for so long a list. */
  | { readonly ok: false; readonly code: 'nobody' | 'not_clear' | 'list_too_long' };

/** `outdated`: there is a template, but of another model version; it is not compared, the face has to be taken anew. */
export type FaceEnrolment = 'enrolled' | 'outdated' | 'none';

/** The faces room (template vault), as the others see it. */
export type FacesPort = {
  compare(wanted: FaceProbe & { readonly personId: string }): Promise<FaceComparison>;
  /** Whose face of these it is; the threshold rises with the length of the list. */
  compareAmong(wanted: FaceProbe & { readonly personIds: readonly string[] }): Promise<ShortListAnswer>;
  /** After a match that nobody doubts: the template follows the face a little. True when it has moved. */
  learn(wanted: FaceProbe & { readonly personId: string }): Promise<boolean>;
  /** Whether a list of so many people can be searched with the evidence there is. */
  canSearch(listLength: number): boolean;
  /** Who this might be, among everybody: decides what is asked next, never who pays. */
  guess(probe: Float32Array, limit: number): string[];
  enrolment(personId: string): Promise<FaceEnrolment>;
  isEnrolled(personId: string): Promise<boolean>;
  /** True when somebody enrolled looks so alike that both are asked for the PIN, or when that is not known yet. */
  hasLookAlike(db: Queryable, personId: string): Promise<boolean>;
  /** The same for several: those of whom it is true. */
  lookAlikesAmong(db: Queryable, personIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Template, key and caches are gone when this resolves. True when there was a face. */
  deleteFace(personId: string): Promise<boolean>;
};

/** The people room, as scans and faces see it. */
export type PeoplePort = {
  /** The person whose live session this token opens; null for a wrong, ended or revoked one. */
  bySessionToken(token: string): Promise<{ readonly personId: string; readonly sessionId: string } | null>;
  hasConsent(personId: string, kind: 'terms' | 'biometrics'): Promise<boolean>;
};

/** The payments room, as scans sees it: whether a terminal may scan for a payment now. */
export type PaymentsPort = {
  mayScan(wanted: {
    readonly paymentId: string;
    readonly terminalId: string;
  }): Promise<
    { readonly ok: true } | { readonly ok: false; readonly code: 'payment_not_found' | 'payment_not_waiting' }
  >;
};

/** The shops room, as scans sees it: the key a terminal signs its frames with. Null when no such terminal is paired. */
export type TerminalsPort = {
  /** `publicKey` is SPKI DER in base64url. */
  terminalForSignature(terminalId: string): Promise<{ readonly publicKey: string; readonly disabled: boolean } | null>;
};

/** Append-only record of who did what. Never biometrics, phone numbers or PINs. */
export type AuditPort = {
  record(client: Client | Pool, entry: AuditEntry): Promise<void>;
};
export type AuditEntry = {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details?: Record<string, string | number | boolean | null>;
};

/** What scans and faces are built with. */
export type ScanRoomTools = RoomTools & {
  readonly people: PeoplePort;
  readonly payments: PaymentsPort;
  readonly shops: TerminalsPort;
  readonly audit: AuditPort;
};

/** What scans and faces give: their ports and their part in the server's life. Built by `createScanRooms` in `scans/`. */
export type ScanRooms = {
  readonly scans: ScansPort;
  readonly faces: FacesPort;
  /** Registers createScan and the WebSocket stream. */
  readonly routes: (app: FastifyInstance) => void | Promise<void>;
  /** False while the workers load their models; /readyz says so. */
  readonly ready: () => boolean;
  /** Called every `jobIntervalMs`: ends stale scans. */
  readonly sweep: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/**
 * scans and faces know payments, payments knows scans and faces: so the rooms are handed in as a function, which the
 * server calls once people and payments stand.
 */
export type BuildScanRooms = (tools: ScanRoomTools) => Promise<ScanRooms>;
