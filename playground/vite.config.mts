import { defineConfig } from 'vite';

export default defineConfig({
  base: '/playground/',
  build: {
    outDir: '../dist/playground',
    emptyOutDir: true,
    // Monaco is one large chunk, served by this server only.
    chunkSizeWarningLimit: 5000,
    // Libraries contain "use client" directives, which have no effect here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
