import { type FSWatcher, readdirSync, watch } from "node:fs";
import { join, relative, sep } from "node:path";

/** Editors write a file in several steps, and often several files at once. */
const SAVING_MS = 30;

/**
 * Tells what was saved below some folders of `root`, as paths relative to it, and answers how to
 * stop. Every folder has a watcher of its own: Node's recursive one follows each file on Linux, and
 * loses it when an editor saves by putting a new file in the place of the old.
 */
export function watchFolders(
  root: string,
  folders: readonly string[],
  saved: (paths: readonly string[]) => void,
): () => void {
  const watchers = new Map<string, FSWatcher>();
  const paths = new Set<string>();
  let saving: NodeJS.Timeout | undefined;

  const report = () => {
    for (const folder of folders) follow(join(root, folder));
    const all = [...paths];
    paths.clear();
    saved(all);
  };
  const follow = (top: string) => {
    for (const folder of foldersOf(top).filter((one) => !watchers.has(one))) {
      const watcher = watch(folder, (_, file) => {
        const path = join(folder, file ?? "");
        paths.add(relative(root, path));
        if (path !== folder) forget(path);
        clearTimeout(saving);
        saving = setTimeout(report, SAVING_MS);
      });
      // Windows says so when the folder goes.
      watcher.on("error", () => forget(folder));
      watchers.set(folder, watcher);
    }
  };
  // What is news of a folder may be its end, and perhaps another has come in its place.
  const forget = (gone: string) => {
    for (const [folder, watcher] of watchers) {
      if (folder !== gone && !folder.startsWith(gone + sep)) continue;
      watcher.close();
      watchers.delete(folder);
    }
  };

  for (const folder of folders) follow(join(root, folder));
  return () => {
    clearTimeout(saving);
    for (const folder of folders) forget(join(root, folder));
  };
}

function foldersOf(top: string): string[] {
  const inside = readdirSync(top, { recursive: true, withFileTypes: true });
  const folders = inside.filter((entry) => entry.isDirectory());
  return [top, ...folders.map(({ parentPath, name }) => join(parentPath, name))];
}
