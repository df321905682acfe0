import { readFile } from 'node:fs/promises';
import type { ColourImage } from '@smile/camera';
import { decodeImage, FacePool } from '@smile/face';
import type { StageSubject } from '@smile/simulator';
import sharp from 'sharp';
import type { PhotoLibrary } from './photo-library.ts';

type PhotoSubject = Extract<StageSubject, { kind: 'photo' }>;

/** Uploaded photos are held in memory only and go with the process. */
const MAX_UPLOADS = 12;
/** Decoded photos with their meshes, the latest ones. */
const MAX_SUBJECTS = 12;
const MAX_THUMBNAILS = 500;
/** A face before the camera is a few hundred pixels wide: more of the photo would be carried about for nothing. */
const MAX_SIDE_PX = 1_280;
const MIN_FACE_PX = 48;
const THUMBNAIL_PX = 192;

export type StageErrorCode = 'unknown_photo' | 'too_many_photos' | 'photo_unusable' | 'no_face' | 'stage_not_ready';

/** What went wrong, in words for the page. */
export class StageError extends Error {
  readonly code: StageErrorCode;

  constructor(code: StageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type PhotoEntry = { readonly id: string; readonly person: string };

/** Portrait photos that may stand on the stage: those of a folder, and those brought to the page. */
export class PhotoPeople {
  readonly #library: PhotoLibrary;
  readonly #uploads = new Map<string, Uint8Array>();
  readonly #subjects = new Map<string, PhotoSubject>();
  readonly #thumbnails = new Map<string, Promise<Uint8Array>>();
  #faces: Promise<FacePool> | null = null;
  #uploading = 0;
  #closed = false;

  constructor(library: PhotoLibrary) {
    this.#library = library;
  }

  uploads(): PhotoEntry[] {
    return [...this.#uploads.keys()].map((id, index) => ({ id, person: `Your photo ${index + 1}` }));
  }

  library(): PhotoEntry[] {
    return [...this.#library.values()].map(({ id, person }) => ({ id, person }));
  }

  /** Throws a StageError when the bytes are no photo of a person, or when the stage has enough of them. */
  async add(bytes: Uint8Array): Promise<string> {
    if (this.#uploads.size + this.#uploading >= MAX_UPLOADS) {
      throw new StageError(
        'too_many_photos',
        `the stage holds ${MAX_UPLOADS} photos; start the terminal anew for others`,
      );
    }
    this.#uploading += 1;
    try {
      const subject = await this.#make(bytes);
      const id = `upload-${this.#uploads.size + 1}`;
      this.#uploads.set(id, bytes);
      this.#keep(id, subject);
      return id;
    } finally {
      this.#uploading -= 1;
    }
  }

  /** The photo as somebody to put before the camera. Throws a StageError. */
  async subject(id: string): Promise<PhotoSubject> {
    const subject = this.#subjects.get(id) ?? (await this.#make(await this.#bytes(id)));
    this.#keep(id, subject);
    return subject;
  }

  /** A small square JPEG. Throws a StageError. */
  thumbnail(id: string): Promise<Uint8Array> {
    const known = this.#thumbnails.get(id);
    if (known) return known;
    const making = this.#bytes(id).then(smallPicture);
    if (this.#thumbnails.size < MAX_THUMBNAILS) {
      this.#thumbnails.set(id, making);
      making.catch(() => this.#thumbnails.delete(id));
    }
    return making;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const faces = await this.#faces?.catch(() => null);
    await faces?.close();
  }

  #keep(id: string, subject: PhotoSubject): void {
    this.#subjects.delete(id);
    this.#subjects.set(id, subject);
    if (this.#subjects.size > MAX_SUBJECTS) this.#subjects.delete(this.#subjects.keys().next().value as string);
  }

  async #bytes(id: string): Promise<Uint8Array> {
    const uploaded = this.#uploads.get(id);
    if (uploaded) return uploaded;
    const file = this.#library.get(id);
    if (!file) throw new StageError('unknown_photo', 'there is no such photo');
    try {
      return await readFile(file.path);
    } catch {
      throw new StageError('unknown_photo', `the photo ${id} is no longer there`);
    }
  }

  async #make(bytes: Uint8Array): Promise<PhotoSubject> {
    const decoded = await decodeImage(bytes);
    if (!decoded.ok) throw new StageError('photo_unusable', `this photo cannot be used: ${decoded.message}`);
    const image = await shrink(decoded.image);
    const faces = await this.#pool();
    const analysed = await faces.analyse(image, { mesh: true });
    if (!analysed.ok) throw new StageError('photo_unusable', `this photo cannot be used: ${analysed.message}`);
    const face = analysed.faces[0];
    if (!face?.mesh)
      throw new StageError('no_face', 'no face was found in this photo; a portrait from the front works best');
    if (widthPxOf(face.mesh.points) < MIN_FACE_PX) {
      throw new StageError('no_face', 'the face in this photo is too small; a portrait from the front works best');
    }
    return { kind: 'photo', image, meshPoints: face.mesh.points };
  }

  #pool(): Promise<FacePool> {
    if (this.#closed) throw new StageError('stage_not_ready', 'the stage is closing');
    this.#faces ??= FacePool.create({ threads: 1 }).catch((error: unknown) => {
      this.#faces = null;
      throw error;
    });
    return this.#faces;
  }
}

/** @param points x, y, z of each point of the mesh */
function widthPxOf(points: Float32Array): number {
  let [left, right] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < points.length; at += 3) {
    left = Math.min(left, points[at]);
    right = Math.max(right, points[at]);
  }
  return right - left;
}

async function shrink(image: ColourImage): Promise<ColourImage> {
  if (Math.max(image.widthPx, image.heightPx) <= MAX_SIDE_PX) return image;
  const { data, info } = await sharp(image.rgb, {
    raw: { width: image.widthPx, height: image.heightPx, channels: 3 },
  })
    .resize(MAX_SIDE_PX, MAX_SIDE_PX, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { widthPx: info.width, heightPx: info.height, rgb: new Uint8Array(data) };
}

async function smallPicture(bytes: Uint8Array): Promise<Uint8Array> {
  const decoded = await decodeImage(bytes);
  if (!decoded.ok) throw new StageError('photo_unusable', `this photo cannot be used: ${decoded.message}`);
  const { widthPx: width, heightPx: height, rgb } = decoded.image;
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'cover', position: 'top' })
    .jpeg({ quality: 82 })
    .toBuffer();
}
