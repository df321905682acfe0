import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';

/** One picture file. People of different folders are different people, whatever their names. */
export type Picture = {
  readonly folder: number;
  /** Counted over all folders. */
  readonly person: number;
  /** `person/file`. */
  readonly name: string;
  readonly path: string;
};

export type PictureFolder = {
  /** The folder's own name. */
  readonly name: string;
  readonly pictures: readonly Picture[];
  /** By number of the person: what groups.json says, attribute to value. */
  readonly groups: ReadonlyMap<number, Readonly<Record<string, string>>>;
};

const PICTURE = /\.(png|jpe?g|webp)$/i;
/** Every pair is compared, so the work grows with the square. */
const MAX_IMAGES = 6000;
/** `{"person": {"attribute": "value"}}` in the folder itself: says which people belong to which group. */
const GROUPS_FILE = 'groups.json';
const GroupsSchema = z.record(z.string(), z.record(z.string(), z.string()));

/** Lists `dir`/person/picture of every folder. Throws an Error with a plain message for a folder that cannot be used. */
export async function listFolders(dirs: readonly string[]): Promise<PictureFolder[]> {
  const folders: PictureFolder[] = [];
  let people = 0;
  let images = 0;
  for (const [index, dir] of dirs.entries()) {
    const folder = await listFolder(dir, index, people);
    people += new Set(folder.pictures.map(({ person }) => person)).size;
    images += folder.pictures.length;
    if (images > MAX_IMAGES) throw new Error(`${dirs.join(', ')}: more than ${MAX_IMAGES} pictures`);
    folders.push(folder);
  }
  return folders;
}

async function listFolder(dir: string, folder: number, firstPerson: number): Promise<PictureFolder> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => {
    throw new Error(`${dir} is not a folder that can be read`);
  });
  const labels = entries.some(({ name }) => name === GROUPS_FILE) ? await readGroups(join(dir, GROUPS_FILE)) : {};
  const people = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const pictures: Picture[] = [];
  const groups = new Map<number, Readonly<Record<string, string>>>();
  let person = firstPerson;
  for (const name of people.sort()) {
    const files = (await readdir(join(dir, name))).filter((file) => PICTURE.test(file)).sort();
    if (files.length === 0) continue;
    for (const file of files) pictures.push({ folder, person, name: `${name}/${file}`, path: join(dir, name, file) });
    if (labels[name]) groups.set(person, labels[name]);
    person++;
  }
  if (pictures.length === 0) throw new Error(`${dir} holds no person/*.png, *.jpg or *.webp`);
  return { name: basename(dir), pictures, groups };
}

async function readGroups(path: string): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const text = await readFile(path, 'utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON`);
  }
  const parsed = GroupsSchema.safeParse(json);
  if (!parsed.success) throw new Error(`${path} must map people to {"attribute": "value"}`);
  return parsed.data;
}
