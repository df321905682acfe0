import { createFaceIndex, type FaceHit, type FaceIndex, similarity } from '@smile/face';
import { inTransaction, type Pool } from '@smile/postgres';
import { wipeVectors } from './model.ts';
import * as store from './store.ts';
import type { OpenedTemplate, TemplateVault } from './vault/template-vault.ts';

/** More look-alikes than this say that the threshold is wrong, not that so many people are twins. */
const MAX_LOOK_ALIKES = 20;
const BATCH = 200;
/** Clocks of servers side by side may differ by this; what was read twice is recognised by its version. */
const OVERLAP_MS = 60_000;

export type LookAlikesTools = {
  readonly pool: Pool;
  readonly vault: TemplateVault;
  readonly now: () => Date;
  readonly modelVersion: string;
  readonly dimension: number;
  /** Cosine between two templates from which they are near-duplicates. */
  readonly from: number;
};

/**
 * Finds people who look alike, so that both are asked for the PIN. It holds everybody's template in this process's
 * memory and nowhere else, filled from the vault in the background and kept up with what other servers enrol. What
 * the index says is looked up again in the vault before it counts, so a stale entry harms nobody.
 */
export class LookAlikes {
  readonly #tools: LookAlikesTools;
  readonly #index: FaceIndex;
  readonly #versions = new Map<string, number>();
  #since = new Date(0);
  #round: Promise<void> | null = null;

  constructor(tools: LookAlikesTools) {
    this.#tools = tools;
    this.#index = createFaceIndex(tools.dimension);
  }

  get size(): number {
    return this.#index.size;
  }

  /** Takes in what has changed and searches for whom it has not been done. Rounds do not overlap. */
  refresh(): Promise<void> {
    this.#round ??= this.#refresh().finally(() => {
      this.#round = null;
    });
    return this.#round;
  }

  /** Those who resemble this probe, nearest first, as far as the index knows. */
  search(probe: Float32Array, from: number, limit: number): FaceHit[] {
    return this.#index.search(probe, from, limit);
  }

  forget(personId: string): void {
    this.#index.remove(personId);
    this.#versions.delete(personId);
  }

  clear(): void {
    this.#index.clear();
    this.#versions.clear();
  }

  async #refresh(): Promise<void> {
    await this.#takeIn();
    const { pool, modelVersion } = this.#tools;
    for (;;) {
      const waiting = await store.listUncompared(pool, modelVersion, BATCH);
      for (const personId of waiting) await this.#compare(personId);
      if (waiting.length < BATCH) return;
      await this.#takeIn();
    }
  }

  async #takeIn(): Promise<void> {
    const { pool, modelVersion, vault } = this.#tools;
    for (;;) {
      const changed = await store.listSealedSince(pool, { modelVersion, since: this.#since, limit: BATCH });
      const fresh = changed.filter(({ personId, templateVersion }) => this.#versions.get(personId) !== templateVersion);
      const opened = await vault.open(
        fresh.map(({ personId }) => personId),
        modelVersion,
      );
      for (const one of opened) this.#put(one);
      const last = changed.at(-1);
      if (!last || changed.length < BATCH) {
        if (last) this.#since = new Date(last.sealedAt.getTime() - OVERLAP_MS);
        return;
      }
      // A whole page of one instant would be read again and again.
      const next = last.sealedAt.getTime();
      this.#since = new Date(next > this.#since.getTime() ? next : next + 1);
    }
  }

  #put(opened: OpenedTemplate): void {
    const straight = opened.straight();
    this.#index.put(opened.personId, straight.mean);
    this.#versions.set(opened.personId, opened.templateVersion);
    wipeVectors(straight);
    opened.wipe();
  }

  async #compare(personId: string): Promise<void> {
    const { pool, vault, modelVersion, from, now } = this.#tools;
    const [own] = await vault.open([personId], modelVersion);
    if (!own) return;
    const { templateVersion } = own;
    const straight = own.straight();
    own.wipe();
    const hits = this.#index
      .search(straight.mean, from, MAX_LOOK_ALIKES + 1)
      .filter((hit) => hit.personId !== personId)
      .map((hit) => hit.personId);
    const others = await vault.open(hits, modelVersion);
    const alike = others.filter((other) => similarity(other.turn(straight.mean), other.template.mean) >= from);
    for (const other of others) other.wipe();
    wipeVectors(straight);
    const ids = alike.map((other) => other.personId);
    const of = { personId, modelVersion, templateVersion };
    await inTransaction(pool, (client) => store.putLookAlikes(client, of, ids, now()));
  }
}
