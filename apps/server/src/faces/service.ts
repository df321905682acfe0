import { similarity } from '@smile/face';
import type { Client, Pool, Queryable } from '@smile/postgres';
import type { FaceComparison, FaceEnrolment, FaceProbe, FacesPort, ShortListAnswer } from '../context.ts';
import { LookAlikes } from './look-alikes.ts';
import { type FaceTemplate, sizeFits, wipeVectors } from './model.ts';
import { mayHaveLookAlikes } from './store.ts';
import { movedMean, UPDATE_RULES } from './template-update.ts';
import type { OpenedTemplate, TemplateVault } from './vault/template-vault.ts';

/** The network that made the embeddings, and which similarities stand for one person. */
export type MatchPolicy = {
  readonly modelVersion: string;
  readonly dimension: number;
  /** Cosine from which a probe and one template are one person, one to one. */
  readonly threshold: number;
  /** Cosine for at most this false match rate a comparison; null where nobody has measured so strict a one. */
  thresholdFor(falseMatchRate: number): number | null;
  /** In a short list the best must be this much nearer than the second. */
  readonly margin: number;
  /** Two templates this near are look-alikes. */
  readonly lookAlikeFrom: number;
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
  readonly vault: TemplateVault;
  readonly now: () => Date;
  readonly match: MatchPolicy;
};

/** What a whole short list may let through (product.md). */
const SHORT_LIST_FALSE_MATCH_RATE = 1e-4;
/** Longer lists are not searched: no evidence reaches so far, and each template is opened for it. */
const MAX_SHORT_LIST = 50;
/** Keeps and compares templates. What is opened for a comparison is overwritten when it is done. */
export class FacesService implements FacesPort {
  readonly #tools: FacesServiceTools;
  readonly #lookAlikes: LookAlikes;

  constructor(tools: FacesServiceTools) {
    this.#tools = tools;
    const { pool, vault, now, match } = tools;
    const { modelVersion, dimension, lookAlikeFrom } = match;
    this.#lookAlikes = new LookAlikes({ pool, vault, now, modelVersion, dimension, from: lookAlikeFrom });
  }

  /** Stores the face of a person, in the caller's transaction; an earlier one under this model is replaced. */
  async enrol(client: Client, face: NewFace): Promise<void> {
    const { vault, match } = this.#tools;
    if (face.template.mean.length !== match.dimension) throw new Error('this template is of another model');
    await vault.put(client, { ...face, modelVersion: match.modelVersion });
  }

  /**
   * One to one: the probe against the mean template of this person, both turned by the person's key, cosine against
   * the threshold of the model. Where both were measured the size of the face must fit, too. A face of another model
   * version is never compared: its numbers mean something else.
   */
  async compare(wanted: FaceProbe & { readonly personId: string }): Promise<FaceComparison> {
    const { vault, match } = this.#tools;
    const [opened] = await vault.open([wanted.personId], match.modelVersion);
    if (!opened) return { ok: false, code: 'no_face_enrolled' };
    const { threshold, modelVersion } = match;
    const { score, sizeFits } = compareAndWipe(opened, wanted);
    return {
      ok: true,
      match: score >= threshold && sizeFits !== false,
      similarity: score,
      threshold,
      modelVersion,
      sizeFits,
    };
  }

  /**
   * One to a few. The threshold falls with the list's length: all comparisons together let through no more than one
   * comparison may. The best must also be clearly nearer than the second.
   */
  async compareAmong(wanted: FaceProbe & { readonly personIds: readonly string[] }): Promise<ShortListAnswer> {
    const { vault, match } = this.#tools;
    const threshold = shortListThreshold(match, wanted.personIds.length);
    if (threshold === null) return { ok: false, code: 'list_too_long' };
    const scores = (await vault.open(wanted.personIds, match.modelVersion))
      .map((opened) => ({ personId: opened.personId, ...compareAndWipe(opened, wanted) }))
      .sort((a, b) => b.score - a.score);
    const [best, second] = scores;
    if (!best || best.score < threshold || best.sizeFits === false) return { ok: false, code: 'nobody' };
    if (second && best.score - second.score < match.margin) return { ok: false, code: 'not_clear' };
    const { personId, score, sizeFits } = best;
    return { ok: true, personId, similarity: score, threshold, modelVersion: match.modelVersion, sizeFits };
  }

  /**
   * Lets the template follow a face that changes: after a match that leaves no doubt, by a little, and never far from
   * what was enrolled. Not for people with a look-alike. True when the template has moved.
   */
  async learn(wanted: FaceProbe & { readonly personId: string }): Promise<boolean> {
    const { vault, match, pool, now } = this.#tools;
    if (await this.hasLookAlike(pool, wanted.personId)) return false;
    const [opened] = await vault.open([wanted.personId], match.modelVersion);
    if (!opened) return false;
    const straight = opened.straight();
    opened.wipe();
    try {
      const rested = now().getTime() - opened.sealedAt.getTime() >= UPDATE_RULES.restMs;
      const sure =
        similarity(wanted.probe, straight.mean) >= match.lookAlikeFrom &&
        sizeFits(wanted.facts, straight.facts) !== false;
      const mean = rested && sure ? movedMean(straight, wanted.probe, UPDATE_RULES) : null;
      return mean !== null && (await vault.update(opened, match.modelVersion, { ...straight, mean }));
    } finally {
      wipeVectors(straight);
    }
  }

  /** Whether a list of so many people can be searched with the evidence there is. */
  canSearch(listLength: number): boolean {
    return shortListThreshold(this.#tools.match, listLength) !== null;
  }

  /**
   * Who this might be, among everybody: a guess that decides what is asked next, never who pays. Empty until the index
   * is filled.
   */
  guess(probe: Float32Array, limit: number): string[] {
    const { threshold } = this.#tools.match;
    return this.#lookAlikes.search(probe, threshold, limit).map(({ personId }) => personId);
  }

  async enrolment(personId: string): Promise<FaceEnrolment> {
    const versions = await this.#tools.vault.modelVersionsOf(personId);
    if (versions.includes(this.#tools.match.modelVersion)) return 'enrolled';
    return versions.length > 0 ? 'outdated' : 'none';
  }

  async isEnrolled(personId: string): Promise<boolean> {
    return (await this.enrolment(personId)) === 'enrolled';
  }

  /** True also until the search over everybody has been done for this person. */
  async hasLookAlike(db: Queryable, personId: string): Promise<boolean> {
    return (await this.lookAlikesAmong(db, [personId])).has(personId);
  }

  lookAlikesAmong(db: Queryable, personIds: readonly string[]): Promise<ReadonlySet<string>> {
    return mayHaveLookAlikes(db, personIds, this.#tools.match.modelVersion);
  }

  /** Templates of every model version, their keys and what is in memory; what that means for backups is in docs/vault.md. */
  async deleteFace(personId: string): Promise<boolean> {
    this.#lookAlikes.forget(personId);
    return this.#tools.vault.remove(personId);
  }

  /** Takes in what was enrolled here and elsewhere, and searches for look-alikes where that is still to be done. */
  refresh(): Promise<void> {
    return this.#lookAlikes.refresh();
  }

  /** What is in memory is overwritten. */
  close(): void {
    this.#lookAlikes.clear();
  }
}

function shortListThreshold(match: MatchPolicy, listLength: number): number | null {
  if (listLength > MAX_SHORT_LIST) return null;
  return match.thresholdFor(SHORT_LIST_FALSE_MATCH_RATE / Math.max(1, listLength));
}

function compareAndWipe(
  opened: OpenedTemplate,
  { probe, facts }: FaceProbe,
): { score: number; sizeFits: boolean | null } {
  const turnedProbe = opened.turn(probe);
  try {
    return { score: similarity(turnedProbe, opened.template.mean), sizeFits: sizeFits(facts, opened.template.facts) };
  } finally {
    turnedProbe.fill(0);
    opened.wipe();
  }
}
