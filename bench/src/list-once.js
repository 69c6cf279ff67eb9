// Lists every transaction once and prints the most memory this process had, in KB.
import { nodeFileSystem } from "@tetra/durable-fs";
import { openFolderStore } from "@tetra/ttm-fs";

const store = await openFolderStore({ folder: process.argv[2] ?? "", fs: nodeFileSystem() });
await store.list();
process.stdout.write(String(process.resourceUsage().maxRSS));
await store.close();
