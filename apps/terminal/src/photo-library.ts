import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StageSubjectSchema } from '@smile/contract';

export type LibraryPhoto = {
  /** `person/file` or `file`, without the ending. */
  readonly id: string;
  /** The folder's name; of a photo beside the folders, its own. */
  readonly person: string;
  readonly path: string;
};
/** By id. */
export type PhotoLibrary = Map<string, LibraryPhoto>;

const MAX_PHOTOS = 500;
const PHOTO_FILE = /^(.+)\.(png|jpe?g)$/i;

/**
 * Photos in a folder, or one folder below it. Ids are made of the names found, never of what a request says. Throws an
 * Error in plain words when the folder cannot be read.
 */
export async function readPhotoLibrary(dir: string): Promise<PhotoLibrary> {
  const library: PhotoLibrary = new Map();
  const take = (name: string, folderName: string | null): void => {
    const stem = PHOTO_FILE.exec(name)?.[1];
    if (!stem || library.size >= MAX_PHOTOS) return;
    const id = folderName ? `${folderName}/${stem}` : stem;
    // Names longer than the contract has room for could never be asked for.
    if (!StageSubjectSchema.safeParse({ kind: 'photo', photoId: id }).success) return;
    library.set(id, { id, person: folderName ?? stem, path: join(dir, folderName ?? '', name) });
  };
  for (const entry of await entriesOf(dir)) {
    if (entry.isFile()) take(entry.name, null);
    if (!entry.isDirectory()) continue;
    for (const inner of await entriesOf(join(dir, entry.name))) if (inner.isFile()) take(inner.name, entry.name);
  }
  return library;
}

async function entriesOf(dir: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    return entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  } catch (error) {
    throw new Error(`photos cannot be read from ${dir} (${(error as NodeJS.ErrnoException).code}); see PHOTOS_DIR`);
  }
}
