import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export type LibraryPhoto = { readonly id: string; readonly path: string };
/** By id: `person/file` or `file`, without the ending. */
export type PhotoLibrary = Map<string, LibraryPhoto>;

const MAX_PHOTOS = 500;
const PHOTO_FILE = /^(.+)\.(png|jpe?g)$/i;

/** Photos in a folder, or one folder below it. Ids are made of the names found, never of what a request says. */
export async function readPhotoLibrary(dir: string): Promise<PhotoLibrary> {
  const library: PhotoLibrary = new Map();
  const take = (name: string, prefix: string, folder: string): void => {
    const match = PHOTO_FILE.exec(name);
    if (!match || library.size >= MAX_PHOTOS) return;
    const id = prefix + match[1];
    library.set(id, { id, path: join(folder, name) });
  };
  for (const entry of (await readdir(dir, { withFileTypes: true })).sort((a, b) => a.name.localeCompare(b.name))) {
    if (entry.isFile()) take(entry.name, '', dir);
    if (!entry.isDirectory()) continue;
    const folder = join(dir, entry.name);
    for (const name of (await readdir(folder)).sort()) take(name, `${entry.name}/`, folder);
  }
  return library;
}
