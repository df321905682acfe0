import { hkdfSync, randomBytes } from 'node:crypto';
import { type Client, inTransaction, type Pool } from '@smile/postgres';
import { newId } from '../../ids.ts';
import { KEY_BYTES, openWith, sealWith } from '../../sealing.ts';
import { type FaceTemplate, type KeptTemplate, packTemplate, turned, unpackTemplate, wipeVectors } from '../model.ts';
import * as store from '../store.ts';
import type { KeyRef, KeyService, WrappedKey } from './key-service.ts';
import { KeyedTransform } from './keyed-transform.ts';

/** A template as it lies in the vault: turned by the person's key. Probes are turned by `turn` before they are compared. */
export type OpenedTemplate = {
  readonly personId: string;
  readonly template: KeptTemplate;
  readonly templateVersion: number;
  readonly sealedAt: Date;
  turn(vector: Float32Array): Float32Array;
  /** The template as the model gave it. For the search over everybody; comparing one person does not need it. */
  straight(): KeptTemplate;
  /** Overwrites template and key material. To be called as soon as the comparison is done. */
  wipe(): void;
};

export type NewTemplate = {
  readonly personId: string;
  readonly modelVersion: string;
  readonly scanId: string;
  readonly template: FaceTemplate;
  readonly poseCount: number;
  readonly frameCount: number;
  readonly simulated: boolean;
};

export type VaultStatus = {
  readonly templates: readonly { modelVersion: string; count: number; simulated: number }[];
  /** What each version of the key-encryption key still holds; `count` 0 can be retired, unless it is the newest. */
  readonly keys: readonly (KeyRef & { readonly count: number; readonly newest: boolean })[];
  /** Ids of keys that something was sealed with and that are not here: those templates cannot be opened. */
  readonly missingKeyIds: readonly string[];
  /** Templates from before the vault, not yet moved into it. */
  readonly fromBefore: number;
  readonly renewal: { readonly cutoff: Date; readonly left: number } | null;
};

const BATCH = 100;
const START: store.TemplateKey = { personId: '', modelVersion: '' };

/**
 * Keeps templates after ISO/IEC 24745. A template is turned by a rotation that only its data key names, then sealed
 * with AES-256-GCM under that data key, bound to person, model version and template version; the data key is wrapped
 * by the key-encryption key of a `KeyService`. Whoever has the rows has noise; whoever has the rows and one person's
 * key has one person's template; renewing a person makes the old ones worthless. Keys are overwritten after use, as
 * far as a program with a garbage collector can promise that.
 */
export class TemplateVault {
  readonly #pool: Pool;
  readonly #keys: KeyService;
  readonly #now: () => Date;

  constructor(tools: { readonly pool: Pool; readonly keys: KeyService; readonly now: () => Date }) {
    this.#pool = tools.pool;
    this.#keys = tools.keys;
    this.#now = tools.now;
  }

  /**
   * Throws, in words for whoever starts the server, when something is sealed by a key that is not here: to go on
   * would answer every guest that the face differs, and the next enrolment would hide what happened.
   */
  async checkKeys(): Promise<void> {
    const { missingKeyIds, keys } = await this.status();
    if (missingKeyIds.length === 0) return;
    const here = keys.map(({ keyId }) => keyId).join(', ');
    throw new Error(
      `face templates in the database are sealed with key ${missingKeyIds.slice(0, 10).join(', ')}, this server has ` +
        `${here}: bring back the key files of DATA_DIR/keys, or delete those faces (docs/vault.md)`,
    );
  }

  /** Stores the template in the caller's transaction; an earlier one of the same model version is replaced, key and all. */
  async put(client: Client, given: NewTemplate): Promise<void> {
    const templateVersion = (await store.lockTemplateVersion(client, given)) + 1;
    const kept: KeptTemplate = { ...given.template, anchor: given.template.mean };
    const sealed = await this.#seal({ ...given, templateVersion }, kept);
    const at = this.#now();
    const row = { ...given, id: newId('face'), templateVersion, sealedTemplate: sealed.sealedTemplate };
    await store.putFace(client, { ...row, enrolledAt: at, sealedAt: at }, sealed.key);
  }

  /** Another template for the same enrolment, with a key of its own. False when the template has changed since it was opened. */
  async update(was: OpenedTemplate, modelVersion: string, template: KeptTemplate): Promise<boolean> {
    const key = { personId: was.personId, modelVersion, templateVersion: was.templateVersion };
    const sealed = await this.#seal({ ...key, templateVersion: was.templateVersion + 1 }, template);
    return inTransaction(this.#pool, (client) => store.resealFace(client, key, { ...sealed, at: this.#now() }));
  }

  /** The templates that these people have under this model version; who has none is not in the answer. */
  async open(personIds: readonly string[], modelVersion: string): Promise<OpenedTemplate[]> {
    if (personIds.length === 0) return [];
    const opened: OpenedTemplate[] = [];
    for (const face of await store.findFaces(this.#pool, { personIds, modelVersion })) {
      opened.push(await this.#open(face));
    }
    return opened;
  }

  /** All templates of a model version, one after the other; each is to be wiped by the taker. */
  async *all(modelVersion: string): AsyncGenerator<OpenedTemplate> {
    for await (const face of this.#pages({ modelVersion })) yield await this.#open(face);
  }

  modelVersionsOf(personId: string): Promise<string[]> {
    return store.modelVersionsOf(this.#pool, personId);
  }

  /**
   * Crypto-shredding: the wrapped key goes, and with it whatever copies of the template are left in pages, log and
   * backups, as far as no copy of the wrapped key is in them too (docs/vault.md says where that matters).
   */
  remove(personId: string): Promise<boolean> {
    return inTransaction(this.#pool, (client) => store.removeFaces(client, personId));
  }

  removeModel(modelVersion: string): Promise<number> {
    return inTransaction(this.#pool, (client) => store.removeModel(client, modelVersion));
  }

  /**
   * A new transform and data key for one person, while everything runs. Who has copied the old rows, keys or
   * templates has nothing in common with the new ones. The number of templates renewed.
   */
  async renew(personId: string): Promise<number> {
    return this.#reseal({ personId });
  }

  /** The same for everybody. A run that was cut off is taken up where it stopped. */
  async renewAll(onProgress: (renewed: number) => void = () => undefined): Promise<number> {
    const cutoff = await store.beginRenewal(this.#pool, this.#now());
    const renewed = await this.#reseal({ sealedBefore: cutoff }, onProgress);
    await store.endRenewal(this.#pool);
    return renewed;
  }

  /** Moves templates from before the vault into it. The number of templates moved. */
  adopt(): Promise<number> {
    return this.#reseal({ direct: true });
  }

  /** A new version of the key-encryption key, then `rewrap`. */
  async rotateKek(
    onProgress?: (rewrapped: number) => void,
  ): Promise<{ readonly key: KeyRef; readonly rewrapped: number }> {
    const key = await this.#keys.rotate();
    return { key, rewrapped: await this.rewrap(onProgress) };
  }

  /** Wraps every data key by the newest version. Can be cut off and run again at any time. */
  async rewrap(onProgress: (rewrapped: number) => void = () => undefined): Promise<number> {
    let rewrapped = 0;
    for (;;) {
      const newest = (await this.#keys.versions()).at(-1);
      if (!newest) throw new Error('there is no key-encryption key');
      const rows = await store.listKeysNotOf(this.#pool, newest.version, BATCH);
      if (rows.length === 0) return rewrapped;
      for (const row of rows) {
        const dataKey = await this.#unwrap(row.wrappedKey, keyContext(row));
        const wrapped = await this.#keys.wrap(dataKey, keyContext(row));
        dataKey.fill(0);
        if (await store.rewrapKey(this.#pool, row, wrapped)) rewrapped += 1;
      }
      onProgress(rewrapped);
    }
  }

  /** Destroys an earlier version of the key-encryption key. Throws while anything still hangs on it. */
  async retireKek(version: number): Promise<void> {
    const { keys } = await this.status();
    const key = keys.find((candidate) => candidate.version === version);
    if (!key) throw new RangeError(`there is no version ${version} of the key here`);
    if (key.newest) throw new RangeError(`version ${version} is the newest: rotate first`);
    if (key.count > 0) throw new RangeError(`${key.count} templates still hang on version ${version}: rewrap first`);
    await this.#keys.retire(version);
  }

  async status(): Promise<VaultStatus> {
    const [versions, counts, templates, cutoff] = [
      await this.#keys.versions(),
      await store.countByKey(this.#pool),
      await store.countByModel(this.#pool),
      await store.renewalCutoff(this.#pool),
    ];
    const countOf = (keyId: string) =>
      counts.filter((row) => row.keyId === keyId).reduce((sum, row) => sum + row.count, 0);
    return {
      templates,
      keys: versions.map((ref, i) => ({ ...ref, count: countOf(ref.keyId), newest: i === versions.length - 1 })),
      missingKeyIds: [...new Set(counts.map(({ keyId }) => keyId))].filter(
        (keyId) => !versions.some((ref) => ref.keyId === keyId),
      ),
      fromBefore: counts.filter(({ version }) => version === null).reduce((sum, { count }) => sum + count, 0),
      renewal: cutoff && { cutoff, left: await store.countSealedBefore(this.#pool, cutoff) },
    };
  }

  async #reseal(which: PageFilter, onProgress: (done: number) => void = () => undefined): Promise<number> {
    let done = 0;
    for await (const face of this.#pages(which)) {
      const opened = await this.#open(face);
      const template = opened.straight();
      opened.wipe();
      const next = { ...face, templateVersion: face.templateVersion + 1 };
      const sealed = await this.#seal(next, template).finally(() => wipeVectors(template));
      const at = this.#now();
      const changed = await inTransaction(this.#pool, (client) => store.resealFace(client, face, { ...sealed, at }));
      // Enrolled anew or deleted meanwhile: then there is nothing left to renew.
      if (changed) done += 1;
      if (done % BATCH === 0) onProgress(done);
    }
    return done;
  }

  async *#pages(which: PageFilter): AsyncGenerator<store.SealedFace> {
    let after = START;
    for (;;) {
      const faces = await store.listFaces(this.#pool, { ...which, after, limit: BATCH });
      yield* faces;
      const last = faces.at(-1);
      if (!last) return;
      after = { personId: last.personId, modelVersion: last.modelVersion };
    }
  }

  async #seal(
    of: store.TemplateKey & { readonly templateVersion: number },
    template: KeptTemplate,
  ): Promise<{ readonly sealedTemplate: Buffer; readonly key: WrappedKey }> {
    const dataKey = randomBytes(KEY_BYTES);
    try {
      const { transform, sealKey } = partsOf(dataKey, template.mean.length);
      const hidden = turned(template, (vector) => transform.apply(vector));
      const packed = packTemplate(hidden);
      const sealedTemplate = sealWith(sealKey, packed, templateContext(of));
      for (const bytes of [packed, sealKey]) bytes.fill(0);
      transform.wipe();
      wipeVectors(hidden);
      return { sealedTemplate, key: await this.#keys.wrap(dataKey, keyContext(of)) };
    } finally {
      dataKey.fill(0);
    }
  }

  async #open(face: store.SealedFace): Promise<OpenedTemplate> {
    if (face.wrappedKey === null) return this.#openDirect(face, face.directKeyId);
    const dataKey = await this.#unwrap(face.wrappedKey, keyContext(face));
    const sealKey = derive(dataKey, 'template-seal');
    const packed = openWith(sealKey, face.sealedTemplate, templateContext(face));
    sealKey.fill(0);
    if (!packed) {
      dataKey.fill(0);
      throw new Error('a face template cannot be opened: damaged');
    }
    const template = unpackTemplate(packed);
    packed.fill(0);
    const transform = transformOf(dataKey, template.mean.length);
    dataKey.fill(0);
    return {
      personId: face.personId,
      templateVersion: face.templateVersion,
      sealedAt: face.sealedAt,
      template,
      turn: (vector) => transform.apply(vector),
      straight: () => turned(template, (vector) => transform.invert(vector)),
      wipe() {
        wipeVectors(template);
        transform.wipe();
      },
    };
  }

  /** From before the vault: sealed by the key-encryption key itself, and not turned. */
  async #openDirect(face: store.SealedFace, keyId: string): Promise<OpenedTemplate> {
    const wrapped = { keyId, version: 0, bytes: face.sealedTemplate };
    const packed = await this.#unwrap(wrapped, directContext(face));
    const template = unpackTemplate(packed);
    packed.fill(0);
    const copy = (vector: Float32Array) => vector.slice();
    return {
      personId: face.personId,
      templateVersion: face.templateVersion,
      sealedAt: face.sealedAt,
      template,
      turn: copy,
      straight: () => turned(template, copy),
      wipe: () => wipeVectors(template),
    };
  }

  async #unwrap(wrapped: WrappedKey, context: string): Promise<Buffer> {
    const unwrapped = await this.#keys.unwrap(wrapped, context);
    if (!unwrapped.ok) throw new Error(`a face template cannot be opened: ${unwrapped.code}`);
    return unwrapped.key;
  }
}

type PageFilter = {
  readonly personId?: string;
  readonly modelVersion?: string;
  readonly sealedBefore?: Date;
  readonly direct?: true;
};

/** One data key, two uses, each with a key derived for it (HKDF-SHA256, RFC 5869). */
function derive(dataKey: Uint8Array, use: 'template-seal' | 'template-transform'): Buffer {
  return Buffer.from(hkdfSync('sha256', dataKey, 'smile-vault', use, KEY_BYTES));
}

function transformOf(dataKey: Uint8Array, dimension: number): KeyedTransform {
  const seed = derive(dataKey, 'template-transform');
  const transform = new KeyedTransform(seed, dimension);
  seed.fill(0);
  return transform;
}

function partsOf(dataKey: Uint8Array, dimension: number): { transform: KeyedTransform; sealKey: Buffer } {
  return { transform: transformOf(dataKey, dimension), sealKey: derive(dataKey, 'template-seal') };
}

function templateContext(of: store.TemplateKey & { readonly templateVersion: number }): string {
  return `face-template\n${of.personId}\n${of.modelVersion}\n${of.templateVersion}`;
}

function keyContext({ personId, modelVersion }: store.TemplateKey): string {
  return `face-key\n${personId}\n${modelVersion}`;
}

/** What templates from before the vault were bound to. */
function directContext({ personId, modelVersion }: store.TemplateKey): string {
  return `face-template\n${personId}\n${modelVersion}`;
}
