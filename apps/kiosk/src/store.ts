import { useSyncExternalStore } from 'react';
import { type FlowEvent, type FlowState, reduce } from './flow.ts';

export type FlowStore = {
  get(): FlowState;
  dispatch(event: FlowEvent): void;
  subscribe(listener: () => void): () => void;
};

/** Holds the flow outside of React, so that what an awaited answer finds is the present state. */
export function createFlowStore(initial: FlowState): FlowStore {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useFlow(store: FlowStore): FlowState {
  return useSyncExternalStore(store.subscribe, store.get);
}
