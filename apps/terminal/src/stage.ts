import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ScanHint, type StageSetting, StageSettingSchema } from '@smile/contract';
import { decodeImage, FacePool } from '@smile/face';
import type { StageCamera, StageSubject } from '@smile/simulator';
import type { FastifyInstance } from 'fastify';
import type { CameraHub } from './camera-hub.ts';
import { sendError } from './http.ts';
import { type PhotoLibrary, readPhotoLibrary } from './photo-library.ts';
import { sendPreview } from './scan-runner.ts';

const PHOTO_LIMIT_BYTES = 8 * 1024 * 1024;
const MAX_UPLOADED_PHOTOS = 12;
/** Procedural people who are always on call, by seed; chosen to differ in looks. */
const CAST = [3, 7, 11, 12, 19, 23, 31, 42];
/** How far a cooperating guest turns when asked to. */
const GUIDED_YAW_DEG = 20;

const DEFAULT_SETTING: StageSetting = {
  subject: { kind: 'procedural', seed: CAST[0] },
  presentation: 'person',
  smiling: true,
  distanceMm: 550,
  offCentreMm: 0,
  light: 'normal',
  bystander: false,
};

/**
 * The stage decides who or what stands before the simulated camera. It exists with the simulator only: a terminal
 * with a real camera has no such routes.
 */
export class Stage {
  readonly #camera: StageCamera;
  readonly #hub: CameraHub;
  readonly #photosDir: string | undefined;
  readonly #photoSubjects = new Map<string, Extract<StageSubject, { kind: 'photo' }>>();
  readonly #uploads = new Map<string, Uint8Array>();
  #library: PhotoLibrary = new Map();
  #setting: StageSetting = DEFAULT_SETTING;
  #guidedYawDeg = 0;
  #faces: Promise<FacePool> | null = null;

  constructor(camera: StageCamera, hub: CameraHub, photosDir: string | undefined) {
    this.#camera = camera;
    this.#hub = hub;
    this.#photosDir = photosDir;
  }

  async start(): Promise<void> {
    if (this.#photosDir) this.#library = await readPhotoLibrary(this.#photosDir);
    await this.#apply();
  }

  async close(): Promise<void> {
    await (await this.#faces)?.close();
  }

  /** A simulated guest does as asked, as a willing person would. The guest's left is the picture's right. */
  follow(hint: ScanHint | null): void {
    const yawDeg = hint === 'turn_left' ? GUIDED_YAW_DEG : hint === 'turn_right' ? -GUIDED_YAW_DEG : 0;
    if (yawDeg === this.#guidedYawDeg || this.#setting.presentation !== 'person') return;
    this.#guidedYawDeg = yawDeg;
    this.#camera.turnTo(yawDeg);
  }

  async set(setting: StageSetting): Promise<void> {
    const before = this.#setting;
    this.#setting = setting;
    this.#guidedYawDeg = 0;
    try {
      await this.#apply();
    } catch (error) {
      this.#setting = before;
      throw error;
    }
  }

  async #apply(): Promise<void> {
    const { subject, presentation, ...rest } = this.#setting;
    const base = await this.#subjectOf(subject);
    const wrapped: StageSubject =
      presentation === 'person' || base.kind === 'empty'
        ? base
        : { kind: ({ print: 'print', bent_print: 'bent-print', tablet: 'tablet' } as const)[presentation], of: base };
    await this.#camera.setScene({
      subject: wrapped,
      smiling: rest.smiling,
      distanceMm: rest.distanceMm,
      offCentreMm: rest.offCentreMm,
      light: rest.light,
      bystander: rest.bystander ? { kind: 'procedural', seed: CAST[CAST.length - 1] } : null,
    });
  }

  async #subjectOf(subject: StageSetting['subject']): Promise<StageSubject> {
    if (subject.kind !== 'photo') return subject;
    const known = this.#photoSubjects.get(subject.photoId);
    if (known) return known;
    const file = this.#library.get(subject.photoId);
    const bytes = this.#uploads.get(subject.photoId) ?? (file && (await readFile(file.path)));
    if (!bytes) throw new StageError('unknown_photo', 'there is no such photo');
    const made = await this.#photoPerson(bytes);
    this.#photoSubjects.set(subject.photoId, made);
    return made;
  }

  async #photoPerson(bytes: Uint8Array): Promise<Extract<StageSubject, { kind: 'photo' }>> {
    const decoded = await decodeImage(bytes);
    if (!decoded.ok) throw new StageError(decoded.code, decoded.message);
    this.#faces ??= FacePool.create({ threads: 1 });
    const analysed = await (await this.#faces).analyse(decoded.image, { mesh: true });
    const face = analysed.faces[0];
    if (!face?.mesh) throw new StageError('no_face', 'no face was found in this photo');
    return { kind: 'photo', image: decoded.image, meshPoints: face.mesh.points };
  }

  #people() {
    const cast = CAST.map((seed, index) => ({
      id: `person-${seed}`,
      label: `Guest ${index + 1}`,
      subject: { kind: 'procedural' as const, seed },
      thumbnail: null,
    }));
    const photos = [...this.#library.values()].map((photo) => ({
      id: `photo-${photo.id.replace('/', '-')}`,
      label: photo.id,
      subject: { kind: 'photo' as const, photoId: photo.id },
      thumbnail: `/stage/photos/${encodeURIComponent(photo.id)}`,
    }));
    const uploads = [...this.#uploads.keys()].map((id) => ({
      id: `photo-${id}`,
      label: id,
      subject: { kind: 'photo' as const, photoId: id },
      thumbnail: `/stage/photos/${encodeURIComponent(id)}`,
    }));
    const nobody = { id: 'nobody', label: 'Nobody', subject: { kind: 'empty' as const }, thumbnail: null };
    return [...cast, ...uploads, ...photos, nobody];
  }

  async routes(app: FastifyInstance): Promise<void> {
    const assets = join(import.meta.dirname, '../stage');
    const asset = (name: string, type: string) => async (_request: unknown, reply: import('fastify').FastifyReply) =>
      reply.type(type).send(await readFile(join(assets, name)));
    app.get('/stage', asset('stage.html', 'text/html'));
    app.get('/stage/stage.css', asset('stage.css', 'text/css'));
    app.get('/stage/stage.js', asset('stage.js', 'text/javascript'));
    app.get('/stage/api', async () => ({ setting: this.#setting, people: this.#people() }));
    app.put('/stage/api', async (request, reply) => {
      const setting = StageSettingSchema.safeParse(request.body);
      if (!setting.success) return sendError(reply, 400, 'invalid_request', setting.error.issues[0].message);
      try {
        await this.set(setting.data);
        return { setting: this.#setting };
      } catch (error) {
        if (error instanceof StageError) return sendError(reply, 422, error.code, error.message);
        throw error;
      }
    });
    app.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: PHOTO_LIMIT_BYTES },
      (_request, body, done) => done(null, body),
    );
    app.post('/stage/photos', { bodyLimit: PHOTO_LIMIT_BYTES }, async (request, reply) => {
      const bytes = request.body as Buffer;
      const photoId = `upload-${this.#uploads.size + 1}`;
      if (this.#uploads.size >= MAX_UPLOADED_PHOTOS)
        return sendError(reply, 429, 'too_many_photos', 'the stage is full; start it anew');
      try {
        this.#photoSubjects.set(photoId, await this.#photoPerson(bytes));
      } catch (error) {
        if (error instanceof StageError) return sendError(reply, 422, error.code, error.message);
        throw error;
      }
      this.#uploads.set(photoId, bytes);
      return { photoId, people: this.#people() };
    });
    app.get<{ Params: { photoId: string } }>('/stage/photos/:photoId', async (request, reply) => {
      const { photoId } = request.params;
      const file = this.#library.get(photoId);
      const bytes = this.#uploads.get(photoId) ?? (file && (await readFile(file.path)));
      if (!bytes) return sendError(reply, 404, 'unknown_photo', 'there is no such photo');
      return reply.type('image/png').send(bytes);
    });
    app.get('/stage/preview', { websocket: true }, (socket) => {
      const unsubscribe = this.#hub.subscribe((frame) => void sendPreview(socket, frame));
      socket.on('close', unsubscribe);
      socket.on('error', unsubscribe);
    });
  }
}

class StageError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
