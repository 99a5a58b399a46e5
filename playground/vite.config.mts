import { defineConfig } from 'vite';
import { compressed } from './compress.mjs';

export default defineConfig({
  base: '/playground/',
  plugins: [compressed()],
  build: {
    outDir: '../dist/playground',
    emptyOutDir: true,
    // Monaco is one large chunk, served by this server only.
    chunkSizeWarningLimit: 5000,
    // Libraries contain "use client" directives, which have no effect here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
