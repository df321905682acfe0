import type { DepthCamera } from '@smile/camera';
import { openRecording } from '@smile/camera';
import { StageCamera } from '@smile/simulator';
import pino from 'pino';
import { buildTerminalApp } from './app.ts';
import { CameraHub } from './camera-hub.ts';
import type { TerminalConfig } from './config.ts';
import { type DeviceKey, loadOrMakeDeviceKey, loadPairing, savePairing } from './device-key.ts';
import { createPlatform, type Platform, pair, pairFailureOf } from './platform.ts';
import { ScanRunner } from './scan-runner.ts';
import { Stage } from './stage.ts';

export const SOFTWARE_VERSION = '0.1.0';
const PAIRING_RETRY_MS = 3_000;

export type RunningTerminal = { readonly url: string; close(): Promise<void> };

/** Brings a terminal up: key, pairing, camera, pages. Resolves when it listens; pairing goes on in the background. */
export async function startTerminal(config: TerminalConfig): Promise<RunningTerminal> {
  const log = pino({ level: config.logLevel, base: { app: 'terminal' } });
  const key = await loadOrMakeDeviceKey(config.dataDir);
  const stageCamera =
    config.camera === 'simulator' ? new StageCamera({ framesPerSecond: config.cameraFramesPerSecond }) : null;
  const hub = new CameraHub(() => openCamera(config, stageCamera));
  const stage = stageCamera ? new Stage(stageCamera, hub, config.photosDir) : null;
  const pairing = new Pairing(config, key, log);
  const scans = new ScanRunner({
    hub,
    platform: () => pairing.platform,
    key,
    log,
    onHint: (hint) => stage?.follow(hint),
  });
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
    stage: stage ? (instance) => stage.routes(instance) : undefined,
  });
  const url = await app.listen({ port: config.port, host: config.host });
  log.info({ url, camera: config.camera }, 'terminal is listening');
  void pairing.start();
  await stage?.start();
  await hub.start();
  return {
    url,
    async close() {
      pairing.stop();
      scans.close();
      await app.close();
      await hub.close();
      await stage?.close();
    },
  };
}

async function openCamera(config: TerminalConfig, stageCamera: StageCamera | null): Promise<DepthCamera | null> {
  if (stageCamera) return stageCamera;
  if (config.camera === 'none') return null;
  if (config.camera.startsWith('recording:')) return openRecording(config.camera.slice('recording:'.length));
  throw new Error(`no driver for camera ${config.camera}`);
}

/** Keeps trying to become a paired terminal; a wrong code is said and not tried again. */
class Pairing {
  platform: Platform | null = null;
  message: string | null = null;
  readonly #config: TerminalConfig;
  readonly #key: DeviceKey;
  readonly #log: pino.Logger;
  #timer: NodeJS.Timeout | null = null;

  constructor(config: TerminalConfig, key: DeviceKey, log: pino.Logger) {
    this.#config = config;
    this.#key = key;
    this.#log = log;
  }

  async start(): Promise<void> {
    const { dataDir, serverUrl, pairingCode } = this.#config;
    const known = await loadPairing(dataDir);
    if (known && known.serverUrl === serverUrl) {
      this.platform = createPlatform(serverUrl, known.terminalId, this.#key);
      return;
    }
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
      if (failure.code === 'network_error') this.#timer = setTimeout(() => void this.start(), PAIRING_RETRY_MS);
    }
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }
}
