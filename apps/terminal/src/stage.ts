import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DepthCamera } from '@smile/camera';
import { type ScanHint, type StageSetting, StageSettingSchema } from '@smile/contract';
import { ATTACK_SPECIES, RESTING_SCREEN, type Rgb, StageCamera, type StageSubject } from '@smile/simulator';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import type { CameraHub } from './camera-hub.ts';
import { CAST } from './cast.ts';
import { CastPortraits } from './cast-portraits.ts';
import { sendError } from './http.ts';
import type { PhotoLibrary } from './photo-library.ts';
import { type PhotoEntry, PhotoPeople, StageError, type StageErrorCode } from './photo-people.ts';
import { previewTo } from './preview.ts';

const PHOTO_LIMIT_BYTES = 8 * 1024 * 1024;
/** How far a cooperating guest turns when asked to. */
const GUIDED_YAW_DEG = 20;
/** Changes of the setting that may wait for their turn. */
const MAX_WAITING_SETTINGS = 16;

const STATUS: Record<StageErrorCode, number> = {
  unknown_photo: 404,
  too_many_photos: 429,
  photo_unusable: 422,
  no_face: 422,
  stage_not_ready: 503,
};

const DEFAULT_SETTING: StageSetting = {
  subject: { kind: 'procedural', seed: CAST[0].seed },
  presentation: 'person',
  instrument: 1,
  smiling: true,
  distanceMm: 550,
  offCentreMm: 0,
  light: 'normal',
  bystander: false,
};

/** Everything that can be held or worn before the camera. */
const INSTRUMENTS = ATTACK_SPECIES.filter(({ way }) => way === 'presented').map(({ kind, name }) => ({ kind, name }));

export type StageOptions = {
  readonly photos?: PhotoLibrary;
  readonly framesPerSecond?: number;
  readonly log: Logger;
};

/**
 * The stage decides who or what stands before the simulated camera. It exists with the simulator only: a terminal
 * with a real camera has no such routes.
 */
export class Stage {
  readonly #options: StageOptions;
  readonly #photos: PhotoPeople;
  readonly #portraits = new CastPortraits();
  #camera: StageCamera | null = null;
  #setting: StageSetting = DEFAULT_SETTING;
  #guidedYawDeg = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: StageOptions) {
    this.#options = options;
    this.#photos = new PhotoPeople(options.photos ?? new Map());
  }

  /** A new simulated camera before the stage as it is set: for the start, and when the last one has failed. */
  async openCamera(): Promise<DepthCamera> {
    const camera = new StageCamera({ framesPerSecond: this.#options.framesPerSecond });
    this.#camera = camera;
    try {
      await this.#apply(camera, this.#setting);
      return camera;
    } catch (error) {
      await camera.close();
      throw error;
    }
  }

  /** The camera itself is closed by whoever opened it. */
  async close(): Promise<void> {
    await Promise.all([this.#photos.close(), this.#portraits.close()]);
  }

  /** A simulated guest does as asked, as a willing person would. The guest's left is the picture's right. */
  follow(hint: ScanHint | null): void {
    const yawDeg = hint === 'turn_left' ? GUIDED_YAW_DEG : hint === 'turn_right' ? -GUIDED_YAW_DEG : 0;
    if (yawDeg === this.#guidedYawDeg || this.#setting.presentation !== 'person') return;
    this.#guidedYawDeg = yawDeg;
    this.#camera?.turnTo(yawDeg);
  }

  /** The colour the kiosk's screen casts on the scene; null when it shows nothing in particular. */
  lightWith(colour: Rgb | null, sinceUnixMs: number): void {
    this.#camera?.showColour(colour ?? RESTING_SCREEN, sinceUnixMs);
  }

  /** Resolves when the scene is to be seen. One change after the other; what fails leaves the stage as it was. */
  set(setting: StageSetting): Promise<void> {
    if (this.#waiting >= MAX_WAITING_SETTINGS) {
      return Promise.reject(new StageError('stage_not_ready', 'the stage is busy; try again in a moment'));
    }
    this.#waiting += 1;
    const change = this.#last.then(() => this.#set(setting));
    this.#last = change
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    return change;
  }

  async #set(setting: StageSetting): Promise<void> {
    if (!this.#camera) throw new StageError('stage_not_ready', 'the simulated camera is not ready');
    await this.#apply(this.#camera, setting);
    this.#setting = setting;
    this.#guidedYawDeg = 0;
  }

  async #apply(camera: StageCamera, setting: StageSetting): Promise<void> {
    const { subject, presentation, instrument, smiling, distanceMm, offCentreMm, light, bystander } = setting;
    const base = subject.kind === 'photo' ? await this.#photos.subject(subject.photoId) : subject;
    const shown: StageSubject =
      presentation === 'person' || base.kind === 'empty' ? base : { kind: presentation, of: base, seed: instrument };
    try {
      await camera.setScene({
        subject: shown,
        smiling,
        distanceMm,
        offCentreMm,
        light,
        bystander: bystander ? bystanderBeside(subject) : null,
      });
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the stage could not be set');
      throw new StageError('stage_not_ready', 'the simulated camera could not show this');
    }
  }

  #state() {
    const cast = CAST.map(({ seed, name }) => ({
      id: `person-${seed}`,
      group: null,
      label: name,
      subject: { kind: 'procedural' as const, seed },
      thumbnail: `/stage/people/${seed}`,
    }));
    const photo = ({ id, person }: PhotoEntry) => ({
      id: `photo-${id.replace('/', '-')}`,
      /** Photos of one person stand together on the page. */
      group: person,
      label: person,
      subject: { kind: 'photo' as const, photoId: id },
      thumbnail: `/stage/photos/${encodeURIComponent(id)}`,
    });
    const nobody = { id: 'nobody', group: null, label: 'Nobody', subject: { kind: 'empty' as const }, thumbnail: null };
    return {
      setting: this.#setting,
      instruments: INSTRUMENTS,
      people: [...cast, nobody, ...this.#photos.uploads().map(photo), ...this.#photos.library().map(photo)],
    };
  }

  async routes(app: FastifyInstance, hub: CameraHub): Promise<void> {
    const assets = join(import.meta.dirname, '../stage');
    const asset = (name: string, type: string) => async (_request: unknown, reply: FastifyReply) =>
      reply.type(type).send(await readFile(join(assets, name)));
    const picture = (reply: FastifyReply, jpeg: Uint8Array) =>
      reply.type('image/jpeg').header('cache-control', 'private, max-age=3600').send(jpeg);
    app.setErrorHandler((error, _request, reply) => {
      // What is no word of the stage's own is for the terminal's handler.
      if (!(error instanceof StageError)) throw error;
      return sendError(reply, STATUS[error.code], error.code, error.message);
    });

    app.get('/stage', asset('stage.html', 'text/html'));
    app.get('/stage/stage.css', asset('stage.css', 'text/css'));
    app.get('/stage/stage.js', asset('stage.js', 'text/javascript'));
    app.get('/stage/api', async () => this.#state());
    app.put('/stage/api', async (request, reply) => {
      const setting = StageSettingSchema.safeParse(request.body);
      if (!setting.success) return sendError(reply, 400, 'invalid_request', setting.error.issues[0].message);
      await this.set(setting.data);
      return { setting: this.#setting };
    });

    app.get<{ Params: { seed: string } }>('/stage/people/:seed', async (request, reply) => {
      const member = CAST.find(({ seed }) => String(seed) === request.params.seed);
      if (!member) return sendError(reply, 404, 'unknown_person', 'nobody of the cast has this number');
      return picture(reply, await this.#portraits.portrait(member.seed));
    });
    app.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: PHOTO_LIMIT_BYTES },
      (_request, body, done) => done(null, body),
    );
    app.post('/stage/photos', { bodyLimit: PHOTO_LIMIT_BYTES }, async (request, reply) => {
      if (!Buffer.isBuffer(request.body)) {
        return sendError(reply, 415, 'photo_unusable', 'a photo is sent as application/octet-stream');
      }
      const photoId = await this.#photos.add(request.body);
      return { photoId, people: this.#state().people };
    });
    app.get<{ Params: { photoId: string } }>('/stage/photos/:photoId', async (request, reply) =>
      picture(reply, await this.#photos.thumbnail(request.params.photoId)),
    );
    app.get('/stage/preview', { websocket: true }, (socket) => {
      const unsubscribe = hub.subscribe(previewTo(socket, this.#options.log));
      socket.on('close', unsubscribe);
      socket.on('error', unsubscribe);
    });
  }
}

/** Somebody else of the cast. */
function bystanderBeside(subject: StageSetting['subject']): StageSubject {
  const others = CAST.filter(({ seed }) => !(subject.kind === 'procedural' && subject.seed === seed));
  return { kind: 'procedural', seed: others[others.length - 1].seed };
}
