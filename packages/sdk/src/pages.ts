export type Page<T> = { readonly data: T[]; readonly nextCursor: string | null };

/**
 * A list that is fetched as it is read:
 *
 *     for await (const refund of smile.refunds.list()) ...
 *
 * or page by page with `page()`. Nothing is fetched before one of them is asked for.
 */
export class List<T> implements AsyncIterable<T> {
  readonly #fetchPage: (cursor: string | undefined) => Promise<Page<T>>;
  readonly #cursor: string | undefined;

  constructor(fetchPage: (cursor: string | undefined) => Promise<Page<T>>, cursor: string | undefined) {
    this.#fetchPage = fetchPage;
    this.#cursor = cursor;
  }

  /** The first page; for the next, ask for a list with its `nextCursor` as `cursor`. */
  page(): Promise<Page<T>> {
    return this.#fetchPage(this.#cursor);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    let cursor = this.#cursor;
    for (;;) {
      const page = await this.#fetchPage(cursor);
      yield* page.data;
      if (page.nextCursor === null) return;
      cursor = page.nextCursor;
    }
  }

  /** As an array of at most `limit` items; the limit is yours to name, since a list may be very long. */
  async toArray({ limit }: { readonly limit: number }): Promise<T[]> {
    const items: T[] = [];
    if (limit <= 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= limit) break;
    }
    return items;
  }
}
