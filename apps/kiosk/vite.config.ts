import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** In development the page comes from Vite and everything else from a terminal, real or fake. */
const DEV_TERMINAL = 'http://127.0.0.1:8081';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    // Fonts and drawings stay files: the terminal's content security policy has no data: fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
    // The attack lab is a page of its own: guests do not load it.
    rollupOptions: { input: ['index.html', 'lab.html'] },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/local': { target: DEV_TERMINAL, ws: true, changeOrigin: true },
      '/v1': { target: DEV_TERMINAL, changeOrigin: true },
      '/lab/': { target: DEV_TERMINAL, ws: true, changeOrigin: true },
      '/stage': { target: DEV_TERMINAL, changeOrigin: true },
    },
  },
});
