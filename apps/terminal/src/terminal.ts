import { resolve } from 'node:path';
import pino from 'pino';
import { buildTerminalApp } from './app.ts';
import { CameraHub } from './camera-hub.ts';
import type { TerminalConfig } from './config.ts';
import { type DeviceKey, loadOrMakeDeviceKey, loadPairing, type PairingState, savePairing } from './device-key.ts';
import { Lab, LabStore, labRoutes } from './lab/index.ts';
import { openCamera } from './open-camera.ts';
import { readPhotoLibrary } from './photo-library.ts';
import { createPlatform, type Platform, pair, pairFailureOf } from './platform.ts';
import { ScanRunner } from './scan-runner.ts';
import { Stage } from './stage.ts';

export const SOFTWARE_VERSION = '0.1.0';
const PAIRING_RETRY_MS = 3_000;

export type RunningTerminal = { readonly url: string; close(): Promise<void> };

/**
 * Brings a terminal up: key, pairing, camera, pages. Resolves when it listens; pairing and camera come when they can.
 * Throws an Error in plain words for what only a person can mend: a damaged key, a taken port, no folder of photos.
 */
export async function startTerminal(config: TerminalConfig): Promise<RunningTerminal> {
  const log = pino({ level: config.logLevel, base: { app: 'terminal' } });
  const key = await loadOrMakeDeviceKey(config.dataDir);
  const paired = await loadPairing(config.dataDir);
  const photos = config.photosDir ? await readPhotoLibrary(config.photosDir) : undefined;
  const stage =
    config.camera === 'simulator' ? new Stage({ photos, log, framesPerSecond: config.cameraFramesPerSecond }) : null;
  const hub = new CameraHub(() => (stage ? stage.openCamera() : openCamera(config.camera)));
  const pairing = new Pairing(config, key, paired, log);
  const scans = new ScanRunner({
    hub,
    platform: () => pairing.platform,
    key,
    log,
    onHint: (hint) => stage?.follow(hint),
    onLight: (colour, sinceUnixMs) => stage?.lightWith(colour, sinceUnixMs),
    light: config.light,
  });
  const lab = config.labDir
    ? new Lab({
        hub,
        scans,
        platform: () => pairing.platform,
        store: new LabStore(config.labDir),
        softwareVersion: SOFTWARE_VERSION,
        log,
      })
    : null;
  const app = await buildTerminalApp({
    kioskDir: config.kioskDir,
    hub,
    scans,
    platform: () => pairing.platform,
    pairingMessage: () => pairing.message,
    simulated: stage !== null,
    serverUrl: config.serverUrl,
    softwareVersion: SOFTWARE_VERSION,
    log,
    stage: stage ? (instance) => stage.routes(instance, hub) : undefined,
    lab: lab
      ? (instance) =>
          labRoutes(instance, {
            lab,
            hub,
            kioskDir: config.kioskDir,
            folder: resolve(config.labDir ?? ''),
            simulated: stage !== null,
            log,
          })
      : undefined,
  });
  let url: string;
  try {
    url = await app.listen({ port: config.port, host: config.host });
  } catch (error) {
    await app.close();
    throw listenFailure(error, config);
  }
  log.info({ url, camera: config.camera }, 'terminal is listening');
  void pairing.start();
  void hub.start().then(() => {
    const { state, message } = hub.state;
    if (state === 'ready') log.info({ camera: hub.state.info.model }, 'the camera is ready');
    else log.warn({ state, message }, 'there is no camera yet');
  });
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    pairing.stop();
    scans.close();
    await app.close();
    await hub.close();
    await stage?.close();
  };
  return {
    url,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function listenFailure(error: unknown, { host, port }: TerminalConfig): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Error(`port ${port} is taken. End what uses it, or choose another with TERMINAL_PORT`);
  if (code === 'EADDRNOTAVAIL') return new Error(`${host} is no address of this machine; see TERMINAL_HOST`);
  if (code === 'EACCES')
    return new Error(`this user may not listen on port ${port}; choose one above 1023 with TERMINAL_PORT`);
  return error;
}

/** Keeps trying to become a paired terminal; a wrong code is said and not tried again. */
class Pairing {
  platform: Platform | null = null;
  message: string | null = null;
  readonly #config: TerminalConfig;
  readonly #key: DeviceKey;
  readonly #log: pino.Logger;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(config: TerminalConfig, key: DeviceKey, paired: PairingState | null, log: pino.Logger) {
    this.#config = config;
    this.#key = key;
    this.#log = log;
    // A pairing belongs to one server; another one has to be paired with.
    if (paired?.serverUrl === config.serverUrl) {
      this.platform = createPlatform(config.serverUrl, paired.terminalId, key);
    }
  }

  /** Never rejects. */
  async start(): Promise<void> {
    if (this.platform) return;
    const { dataDir, serverUrl, pairingCode } = this.#config;
    if (!pairingCode) {
      this.message = 'this terminal is not paired; start it with PAIRING_CODE from the console';
      this.#log.warn(this.message);
      return;
    }
    try {
      const terminal = await pair(serverUrl, this.#key, pairingCode, {
        model: process.arch,
        softwareVersion: SOFTWARE_VERSION,
      });
      await savePairing(dataDir, { terminalId: terminal.id, serverUrl });
      this.platform = createPlatform(serverUrl, terminal.id, this.#key);
      this.message = null;
      this.#log.info({ terminalId: terminal.id }, 'paired');
    } catch (error) {
      const failure = pairFailureOf(error);
      this.message = `pairing failed: ${failure.message} (${failure.code})`;
      this.#log.warn({ code: failure.code }, 'pairing failed');
      if (failure.isTemporary && !this.#stopped) this.#timer = setTimeout(() => void this.start(), PAIRING_RETRY_MS);
    }
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }
}
