/** The rules of the house that a machine can keep: each answers what breaks it, one line each. */
import { refusal } from "./floors.ts";
import { callablesOf, importsOf, isCode, type Source } from "./sources.ts";

export type Guard = (sources: readonly Source[]) => string[];

const FUNCTION_LINES_MAX = 60;
const FILE_LINES_MAX = 300;
const TEST_FILE_LINES_MAX = 400;
const LINE_CHARACTERS_MAX = 100;

const FOLDERS = "infra functions shared test local console bench docs .ci .github".split(" ");

/** The nouns of the product: the same name on every floor. */
const NOUNS = [
  ..."agents teams apiKeys channels contacts identities groups segments conversations".split(" "),
  ..."messages media templates tags savedReplies views broadcasts recipients".split(" "),
  ..."endpoints deliveries audit workspaces callbacks facts accounts merges".split(" "),
  ..."rates timers".split(" "),
];

/** What a floor needs besides nouns. */
const BESIDES: Readonly<Record<string, readonly string[]>> = {
  "shared/contract/": ["shapes"],
  "functions/routes/": "health index me openapi".split(" "),
  "shared/operations/": [
    ..."amendments attempts calls changing connecting consents delivery editing".split(" "),
    ..."phoneBook reading redrives refreshing resolving senders sending starting".split(" "),
    ..."statuses submitting syncing waiting windows".split(" "),
  ],
  "shared/store/": "commit directory expand inbox keys pages rows slots store stream table".split(
    " ",
  ),
};

/** Spelled in pieces, so that this file does not break its own rule. */
const WORKPLACE = [
  new RegExp(`(?<![\\w.-])${["", "(work|farm)", ""].join("/")}`),
  new RegExp(["", "tmp", "studio"].join("/")),
  new RegExp(["shared", "reference"].join("/")),
  new RegExp(["registry", "npmjs", "org"].join("\\.")),
];
const LATER = new RegExp(`\\b(${["TO", "DO"].join("")}|${["FIX", "ME"].join("")})\\b`);

export const importsGoDown: Guard = (sources) =>
  sources.filter(isCode).flatMap((source) =>
    importsOf(source).flatMap((one) => {
      const why = refusal(source.path, one);
      return why === null ? [] : [`${source.path} imports ${one.target}: ${why}`];
    }),
  );

/** Types included: a circle of types is a circle in somebody's head. */
export const noCircles: Guard = (sources) => {
  const edges = new Map(
    sources.filter(isCode).map((source) => {
      const files = importsOf(source).filter(({ kind }) => kind === "file");
      return [source.path, files.map(({ target }) => target)];
    }),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push([...trail.slice(start), path].join(" -> "));
    if (start >= 0 || done.has(path)) return;
    for (const target of edges.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return circles;
};

/** A package that only another package brought may be gone tomorrow. */
export function packagesAreListed(packageJson: string): Guard {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(packageJson);
  const listed = new Set([...Object.keys(dependencies), ...Object.keys(devDependencies)]);
  return (sources) =>
    sources.filter(isCode).flatMap((source) =>
      importsOf(source)
        .filter(({ kind }) => kind === "package")
        .map(({ target }) => target.split("/", target.startsWith("@") ? 2 : 1).join("/"))
        .filter((name) => !listed.has(name) && !listed.has(`@types/${name}`))
        .map((name) => `${source.path} imports ${name}, which package.json does not list`),
    );
}

export const functionsFitAScreen: Guard = (sources) =>
  sources.filter(isCode).flatMap((source) =>
    callablesOf(source)
      .filter(({ lines, outline }) => lines > FUNCTION_LINES_MAX && !outline)
      .map(({ line, lines }) => `${source.path}:${line} is a function of ${lines} lines`),
  );

export const filesAreShort: Guard = (sources) =>
  sources.filter(isCode).flatMap(({ path, text }) => {
    const lines = text.trimEnd().split("\n").length;
    const max = path.endsWith(".test.ts") ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
    return lines > max ? [`${path} has ${lines} lines`] : [];
  });

export const linesAreShort: Guard = (sources) =>
  eachLine(sources.filter(isCode), (line) => {
    const length = line.replace(/https?:\/\/\S+/g, "").length;
    return length > LINE_CHARACTERS_MAX ? `has ${length} characters` : null;
  });

export const namesSaySomething: Guard = (sources) =>
  sources
    .filter(({ path }) => {
      const names = path.split("/").map((name) => name.split(".")[0]);
      return names.some((name) =>
        /^(utils?|helpers?|common|types|managers?|services?)$/i.test(name ?? ""),
      );
    })
    .map(({ path }) => `${path} does not say what it is`);

export const nothingIsLeftForLater: Guard = (sources) =>
  eachLine(sources.filter(isCode), (line) => (LATER.test(line) ? "is left for later" : null));

export const floorsHoldNouns: Guard = (sources) =>
  sources.flatMap(({ path }) => {
    const floor = Object.keys(BESIDES).find((one) => path.startsWith(one));
    if (floor === undefined) return [];
    const name = path.slice(floor.length).split(/[/.]/)[0] ?? "";
    const known = NOUNS.includes(name) || BESIDES[floor]?.includes(name);
    return known ? [] : [`${path} is neither a noun of the house nor a known part of ${floor}`];
  });

/** `import { z }` bundles 444 KB where the namespace bundles 88 KB. */
export const zodIsANamespace: Guard = (sources) =>
  sources.filter(isCode).flatMap((source) =>
    importsOf(source)
      .filter(({ target, namespace }) => target === "zod" && !namespace)
      .map(() => `${source.path} must import * as z from "zod"`),
  );

/** Every file directly in functions/ is one deployed Lambda, and every Lambda has its file. */
export function functionsAreDeployed(deployed: readonly string[]): Guard {
  return (sources) => {
    const files = sources.flatMap(({ path }) => /^functions\/([^/]+)\.ts$/.exec(path)?.[1] ?? []);
    const strays = files.filter((name) => !deployed.includes(name));
    const missing = deployed.filter((name) => !files.includes(name));
    return [
      ...strays.map((name) => `functions/${name}.ts is no function of the topology`),
      ...missing.map((name) => `the topology's function ${name} has no file in functions/`),
    ];
  };
}

export const roomsAreKnown: Guard = (sources) =>
  sources
    .filter(({ path }) => path.includes("/") && !FOLDERS.includes(path.split("/")[0] ?? ""))
    .map(({ path }) => `${path} is in a folder that is no room of the house`);

export const nothingNamesTheWorkplace: Guard = (sources) =>
  eachLine(
    sources.filter(({ path }) => path !== "package-lock.json"),
    (line) => (WORKPLACE.some((pattern) => pattern.test(line)) ? "names the workplace" : null),
  );

export const decisionsAreNumbered: Guard = (sources) => {
  const decisions = sources.filter(({ path }) => path.startsWith("docs/decisions/"));
  const numbers = decisions.map(({ path }) => {
    return /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1];
  });
  return decisions
    .filter((_, at) => numbers[at] === undefined || numbers.indexOf(numbers[at]) !== at)
    .map(({ path }) => `${path} needs a number of its own: NNNN-title.md`);
};

const PITFALLS_MAX = 38;
const PITFALLS = "docs/PITFALLS.md";

/** Every pitfall of the reference has a test that names it, or a reason to wait. */
export const pitfallsAreProved: Guard = (sources) => {
  const titles = sources.filter(({ path }) => path.endsWith(".test.ts")).flatMap(pitfallsIn);
  const page = sources.find(({ path }) => path === PITFALLS)?.text ?? "";
  const rows = [...page.matchAll(/^\| (\d+) \|[^|]+\| (.+) \|$/gm)].map(([, number, told = ""]) => {
    return { number: Number(number), told };
  });
  const every = Array.from({ length: PITFALLS_MAX }, (_, place) => place + 1);
  const waits = ({ told }: { told: string }) => told.startsWith("Not yet: ");
  const isWaiting = (number: number) => rows.some((row) => row.number === number && waits(row));
  return [
    ...every
      .filter((number) => rows.filter((row) => row.number === number).length !== 1)
      .map((number) => `${PITFALLS} needs one row for pitfall ${number}`),
    ...every
      .filter((number) => !isWaiting(number) && !titles.some((one) => one.numbers.includes(number)))
      .map((number) => `no test names pitfall ${number}`),
    ...rows
      .filter((row) => !waits(row))
      .filter(({ number, told }) => {
        return !titles.some((one) => one.name === told && one.numbers.includes(number));
      })
      .map(
        ({ number, told }) => `${PITFALLS} proves pitfall ${number} by what is no test: ${told}`,
      ),
  ];
};

/** Titles that name pitfalls, as the page writes them. */
function pitfallsIn({ path, text }: Source): { name: string; numbers: number[] }[] {
  return [...text.matchAll(/\(\s*"([^"\n]*\bpitfalls? \d[^"\n]*)"/g)].map(([, title = ""]) => {
    const [, list = "", last] = /pitfalls? (\d+(?:, \d+)*)(?: to (\d+))?/.exec(title) ?? [];
    const named = list.split(", ").map(Number);
    const [first = 0] = named;
    const range = Array.from({ length: Number(last ?? first) - first }, (_, place) => {
      return first + 1 + place;
    });
    return { name: `\`${path}\`: ${title}`, numbers: [...named, ...range] };
  });
}

function eachLine(
  sources: readonly Source[],
  complaint: (line: string) => string | null,
): string[] {
  return sources.flatMap(({ path, text }) =>
    text.split("\n").flatMap((line, at) => {
      const found = complaint(line);
      return found === null ? [] : [`${path}:${at + 1} ${found}`];
    }),
  );
}
