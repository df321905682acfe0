import { readFile } from 'node:fs/promises';
import { decodeImage, type FaceEngine } from '@smile/face';
import type { PhotoSource } from './trial.ts';

/** Reads a photo and lays the face mesh over it. Throws an Error that names the photo when it shows no face. */
export function photoSource(engine: FaceEngine, paths: ReadonlyMap<number, string>): PhotoSource {
  return async (person) => {
    const path = paths.get(person);
    if (!path) throw new Error(`there is no photo of identity ${person}`);
    const decoded = await decodeImage(await readFile(path));
    if (!decoded.ok) throw new Error(`${path}: ${decoded.message}`);
    const [face] = await engine.detect(decoded.image, { maxFaces: 1 });
    if (!face) throw new Error(`${path}: no face was found`);
    const { points } = await engine.mesh(decoded.image, face);
    return { image: decoded.image, meshPoints: points };
  };
}
