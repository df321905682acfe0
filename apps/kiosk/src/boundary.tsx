import { Component, type ReactNode } from 'react';
import { DownScreen } from './screens/down.tsx';

const RELOAD_MS = 8_000;

/** A fault of ours must not leave a dead screen at the counter: it says so, and the page begins anew. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  override componentDidCatch(error: unknown) {
    console.error('a screen could not be drawn', error);
    setTimeout(() => window.location.reload(), RELOAD_MS);
  }

  override render() {
    return this.state.broken ? <DownScreen reason="terminal" /> : this.props.children;
  }
}
