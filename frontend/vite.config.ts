import { defineConfig } from "vite";

// One module, the same bytes from the same sources, straight into the integration.
export default defineConfig({
  build: {
    target: "es2022",
    outDir: process.env.CARDS_OUT ?? "../custom_components/energy_orchestrator/web",
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: { entry: "src/main.ts", formats: ["es"], fileName: () => "cards.js" },
    rolldownOptions: { output: { minify: true } },
  },
});
