import { defineConfig } from 'vite';

export default defineConfig({
  base: '/playground/',
  build: {
    outDir: '../dist/playground',
    emptyOutDir: true,
    // Monaco is one big chunk, loaded from this server only.
    chunkSizeWarningLimit: 5000,
    // Libraries' "use client" lines, which mean nothing in a plain page.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
