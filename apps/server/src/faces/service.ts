import { similarity } from '@smile/face';
import type { Client, Pool } from '@smile/postgres';
import type { FaceComparison, FacesPort } from '../context.ts';
import { newId } from '../ids.ts';
import type { KeyService } from './key-service.ts';
import { type FaceTemplate, packTemplate, unpackTemplate } from './model.ts';
import { findFace, foreignKeyIds, hasFace, putFace, removeFace } from './store.ts';

/** The network that made the embeddings, and the similarity from which two are one person. */
export type MatchPolicy = {
  readonly modelVersion: string;
  readonly dimension: number;
  /** Cosine, -1..1. The operating point (which false match rate it stands for) is documented with the model. */
  readonly threshold: number;
};

export type NewFace = {
  readonly personId: string;
  readonly scanId: string;
  readonly template: FaceTemplate;
  readonly poseCount: number;
  readonly frameCount: number;
  readonly simulated: boolean;
};

export type FacesServiceTools = {
  readonly pool: Pool;
  readonly keys: KeyService;
  readonly now: () => Date;
  readonly match: MatchPolicy;
};

/** Keeps and compares templates. Nothing decrypted outlives the call that needed it. */
export class FacesService implements FacesPort {
  readonly #tools: FacesServiceTools;

  constructor(tools: FacesServiceTools) {
    this.#tools = tools;
  }

  /**
   * Throws when templates are there that this server's key does not open: to go on would answer every guest that the
   * face differs, and the next enrolment would hide what happened.
   */
  async checkKey(): Promise<void> {
    const foreign = await foreignKeyIds(this.#tools.pool, this.#tools.keys.keyId);
    if (foreign.length > 0) {
      throw new Error(
        `face templates in the database are sealed with key ${foreign.join(', ')}, this server has ` +
          `${this.#tools.keys.keyId}: bring back the key file of DATA_DIR/keys, or delete those faces`,
      );
    }
  }

  /** Stores the face of a person, in the caller's transaction; an earlier one is replaced. */
  async enrol(client: Client, face: NewFace): Promise<void> {
    const { keys, match, now } = this.#tools;
    if (face.template.mean.length !== match.dimension) throw new Error('this template is of another model');
    const packed = packTemplate(face.template);
    const sealedTemplate = await keys.seal(packed, contextOf(face.personId, match.modelVersion));
    packed.fill(0);
    await putFace(client, {
      id: newId('face'),
      personId: face.personId,
      scanId: face.scanId,
      modelVersion: match.modelVersion,
      keyId: keys.keyId,
      sealedTemplate,
      poseCount: face.poseCount,
      frameCount: face.frameCount,
      simulated: face.simulated,
      enrolledAt: now(),
    });
  }

  /**
   * One to one: the probe against the mean template of this person, cosine against the threshold of the model. A face
   * of another model version counts as none: its numbers mean something else.
   */
  async compare(wanted: { readonly personId: string; readonly probe: Float32Array }): Promise<FaceComparison> {
    const { pool, keys, match } = this.#tools;
    const row = await findFace(pool, wanted.personId);
    if (!row || row.modelVersion !== match.modelVersion) return { ok: false, code: 'no_face_enrolled' };
    const opened = await keys.unseal(row.sealedTemplate, contextOf(wanted.personId, row.modelVersion));
    if (!opened.ok) throw new Error(`a face template cannot be opened: ${opened.code}`);
    const template = unpackTemplate(opened.plain);
    const score = similarity(wanted.probe, template.mean);
    opened.plain.fill(0);
    template.mean.fill(0);
    for (const vector of template.subTemplates) vector.fill(0);
    const { threshold, modelVersion } = match;
    return { ok: true, match: score >= threshold, similarity: score, threshold, modelVersion };
  }

  isEnrolled(personId: string): Promise<boolean> {
    return hasFace(this.#tools.pool, personId, this.#tools.match.modelVersion);
  }

  /**
   * Removes the row; there is no cache. Until PostgreSQL vacuums the page and turns over its log, the sealed bytes are
   * still on the disk: a key of its own for each person, destroyed with the face, is the vault's matter.
   */
  deleteFace(personId: string): Promise<boolean> {
    return removeFace(this.#tools.pool, personId);
  }
}

function contextOf(personId: string, modelVersion: string): string {
  return `face-template\n${personId}\n${modelVersion}`;
}
