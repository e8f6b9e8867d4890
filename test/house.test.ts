import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { functions } from "../shared/grants.ts";
import * as guards from "./support/guards.ts";
import { houseFiles, type Source } from "./support/sources.ts";

/**
 * The house keeps its rules, and every rule bites: each guard is given a bad source that it must
 * refuse and, where the edge is fine, a good one that it must let pass.
 */
const house = houseFiles();

function file(path: string, text = ""): Source {
  return { path, text };
}

function lines(count: number, line = "// A line."): string {
  return Array.from({ length: count }, () => line).join("\n");
}

describe("imports only go down", () => {
  test("in every file", () => expect(guards.importsGoDown(house)).toEqual([]));

  test.each([
    ["shared/domain/tags.ts", "../ports.ts"],
    ["shared/domain/tags.ts", "../contract/tags.ts"],
    ["shared/domain/tags.ts", "node:crypto"],
    ["shared/domain/tags.ts", "@aws-sdk/client-sqs"],
    ["shared/ports.ts", "./topology.ts"],
    ["shared/ports.ts", "zod"],
    ["shared/topology.ts", "./domain/tags.ts"],
    ["shared/contract/tags.ts", "../ports.ts"],
    ["shared/operations/tags.ts", "../store/tags.ts"],
    ["shared/operations/tags.ts", "../contract/tags.ts"],
    ["shared/operations/tags.ts", "../topology.ts"],
    ["shared/store/tags.ts", "../operations/tags.ts"],
    ["shared/store/tags.ts", "../aws/queue.ts"],
    ["shared/channels/sms/send.ts", "../../store/tags.ts"],
    ["shared/aws/queue.ts", "aws-cdk-lib"],
    ["functions/routes/tags.ts", "../../shared/store/tags.ts"],
    ["functions/edge/auth.ts", "../../shared/aws/queue.ts"],
    ["functions/api.ts", "../infra/stage.ts"],
    ["functions/api.ts", "@aws-sdk/client-sqs"],
    ["functions/edge/app.ts", "aws-cdk-lib"],
    ["infra/app.ts", "../shared/domain/tags.ts"],
    ["infra/app.ts", "../functions/api.ts"],
    ["infra/commands/workspace.ts", "../../local/parts.ts"],
    ["console/inbox.ts", "../shared/operations/tags.ts"],
    ["console/inbox.ts", "node:fs"],
    ["cellar/wine.ts", "zod"],
  ])("%s may not import %s", (path, target) => {
    const ways = [
      `import * as x from "${target}";`,
      `import type { X } from "${target}";`,
      `export { x } from "${target}";`,
      `export * from "${target}";`,
      `export const load = () => import("${target}");`,
      `export type X = import("${target}").X;`,
    ];
    for (const way of ways) {
      expect(guards.importsGoDown([file(path, way)]), way).toHaveLength(1);
    }
  });

  test.each([
    ["shared/domain/phone.ts", "libphonenumber-js/min"],
    ["shared/domain/tags.ts", "./contacts.ts"],
    ["shared/operations/tags.ts", "../ports.ts"],
    ["shared/store/tags.ts", "@aws-sdk/lib-dynamodb"],
    ["shared/channels/sms/send.ts", "../capabilities.ts"],
    ["functions/routes/tags.ts", "../../shared/operations/tags.ts"],
    ["functions/edge/app.ts", "../../shared/store/tags.ts"],
    ["functions/edge/app.ts", "@aws-sdk/client-sqs"],
    ["functions/edge/ingestApp.ts", "../../shared/channels/whatsapp/receive.ts"],
    ["infra/constructs/func.ts", "aws-cdk-lib/aws-lambda"],
    ["infra/commands/workspace.ts", "../../shared/operations/workspaces.ts"],
    ["console/inbox.ts", "../shared/domain/window.ts"],
    ["local/main.ts", "../infra/stage.ts"],
    ["vitest.config.ts", "vitest/config"],
  ])("%s may import %s", (path, target) => {
    expect(guards.importsGoDown([file(path, `import { x } from "${target}";`)])).toEqual([]);
  });
});

describe("there are no circles, not even of types", () => {
  test("in the whole house", () => expect(guards.noCircles(house)).toEqual([]));

  test("one of three files is found, once", () => {
    const circle = [
      file("shared/domain/a.ts", 'import { b } from "./b.ts";'),
      file("shared/domain/b.ts", 'import type { C } from "./c.ts";'),
      file("shared/domain/c.ts", 'export type C = import("./a.ts").A;'),
    ];
    expect(guards.noCircles(circle)).toEqual([
      "shared/domain/a.ts -> shared/domain/b.ts -> shared/domain/c.ts -> shared/domain/a.ts",
    ]);
  });

  test("two ways to one file are none", () => {
    const diamond = [
      file("local/a.ts", 'import "./b.ts"; import "./c.ts";'),
      file("local/b.ts", 'import "./c.ts";'),
      file("local/c.ts"),
    ];
    expect(guards.noCircles(diamond)).toEqual([]);
  });
});

describe("packages are listed in package.json", () => {
  const packageJson = readFileSync("package.json", "utf8");

  test("wherever they are imported", () => {
    expect(guards.packagesAreListed(packageJson)(house)).toEqual([]);
  });

  test("what another package brought is not enough", () => {
    const guard = guards.packagesAreListed('{"dependencies": {"@types/b": "1", "@c/d": "1"}}');
    const text = 'import "a/x"; import type { B } from "b"; import "@c/d/e"; import "@c/e";';
    expect(guard([file("local/x.ts", text)])).toEqual([
      "local/x.ts imports a, which package.json does not list",
      "local/x.ts imports @c/e, which package.json does not list",
    ]);
  });
});

describe("code fits a screen", () => {
  test("every function", () => expect(guards.functionsFitAScreen(house)).toEqual([]));
  test("every file", () => expect(guards.filesAreShort(house)).toEqual([]));
  test("every line", () => expect(guards.linesAreShort(house)).toEqual([]));

  test.each([
    ["function long(): void {", "}"],
    ["const long = async (): Promise<void> => {", "};"],
    ["class Long { #run(): void {", "} }"],
    ["describe('long', () => { test('it', () => {", "}); });"],
  ])("60 lines of %j pass, 61 do not", (head, tail) => {
    const functionOf = (count: number) =>
      file("local/x.ts", `\n${head}\n${lines(count - 2)}\n${tail}`);
    expect(guards.functionsFitAScreen([functionOf(60)])).toEqual([]);
    expect(guards.functionsFitAScreen([functionOf(61)])).toEqual([
      "local/x.ts:2 is a function of 61 lines",
    ]);
  });

  test("the outline of a test may be longer", () => {
    const outline = `describe.each([1])("all", () => {\n${lines(90)}\n});`;
    expect(guards.functionsFitAScreen([file("test/x.test.ts", outline)])).toEqual([]);
  });

  test.each([
    ["local/x.ts", 300],
    ["test/x.test.ts", 400],
  ])("%s may have %i lines and no more", (path, max) => {
    expect(guards.filesAreShort([file(path, `${lines(max)}\n`)])).toEqual([]);
    expect(guards.filesAreShort([file(path, `${lines(max + 1)}\n`)])).toHaveLength(1);
  });

  test("a line may have 100 characters, an address not counted", () => {
    const line = (length: number) => file("local/x.ts", "x".repeat(length));
    const address = `https://example.com/${"x".repeat(120)}`;
    expect(guards.linesAreShort([line(100), file("local/y.ts", `// ${address}`)])).toEqual([]);
    expect(guards.linesAreShort([line(101)])).toEqual(["local/x.ts:1 has 101 characters"]);
  });
});

describe("names say what a thing is", () => {
  test("every file", () => expect(guards.namesSaySomething(house)).toEqual([]));
  test("every floor holds nouns", () => expect(guards.floorsHoldNouns(house)).toEqual([]));

  test.each(["local/utils.ts", "shared/common/x.ts", "test/helpers.test.ts", "infra/Service.ts"])(
    "%s says nothing",
    (path) => expect(guards.namesSaySomething([file(path)])).toHaveLength(1),
  );

  test.each(["contract", "operations", "store"])("shared/%s takes no other noun", (floor) => {
    expect(guards.floorsHoldNouns([file(`shared/${floor}/tags.ts`)])).toEqual([]);
    expect(guards.floorsHoldNouns([file(`shared/${floor}/tickets.ts`)])).toHaveLength(1);
  });

  test("functions/routes takes no other noun", () => {
    expect(guards.floorsHoldNouns([file("functions/routes/apiKeys.ts")])).toEqual([]);
    expect(guards.floorsHoldNouns([file("functions/routes/keys.ts")])).toHaveLength(1);
  });
});

describe("nothing is left for later", () => {
  test("in any file", () => expect(guards.nothingIsLeftForLater(house)).toEqual([]));

  test("a note to oneself is found", () => {
    const notes = [
      file("local/x.ts", `// ${"TO"}DO: later.`),
      file("local/y.ts", `/* FIX${"ME"} */`),
    ];
    expect(guards.nothingIsLeftForLater(notes)).toHaveLength(2);
  });
});

describe("zod is imported as a namespace", () => {
  test("everywhere", () => expect(guards.zodIsANamespace(house)).toEqual([]));

  test("any other way is found", () => {
    const text = 'import { z } from "zod";';
    expect(guards.zodIsANamespace([file("shared/contract/tags.ts", text)])).toHaveLength(1);
    expect(guards.zodIsANamespace([file("local/x.ts", 'import * as z from "zod";')])).toEqual([]);
  });
});

describe("every file directly in functions is deployed", () => {
  test("and every deployed function is there", () => {
    expect(guards.functionsAreDeployed(Object.keys(functions))(house)).toEqual([]);
  });

  test("strays and gaps are found", () => {
    const sources = [file("functions/stray.ts"), file("functions/edge/http.ts")];
    expect(guards.functionsAreDeployed(["api"])(sources)).toEqual([
      "functions/stray.ts is no function of the topology",
      "the topology's function api has no file in functions/",
    ]);
  });
});

describe("the house has few rooms", () => {
  test("and no others", () => expect(guards.roomsAreKnown(house)).toEqual([]));

  test("a new folder is found", () => {
    const sources = [file("src/x.ts"), file("README.md"), file("docs/GLOSSARY.md")];
    expect(guards.roomsAreKnown(sources)).toHaveLength(1);
  });
});

describe("nothing names the place where it was made", () => {
  test("in any file", () => expect(guards.nothingNamesTheWorkplace(house)).toEqual([]));

  test.each([
    ["", "work", "main"].join("/"),
    ["file:", "", "", "farm", "x"].join("/"),
    ["", "tmp", "studio-1"].join("/"),
    ["..", "shared", "reference", "aws.md"].join("/"),
    ["https:", "", ["registry", "npmjs", "org"].join("."), "x"].join("/"),
  ])("%s is found", (place) => {
    expect(guards.nothingNamesTheWorkplace([file("README.md", `See ${place}.`)])).toHaveLength(1);
    expect(guards.nothingNamesTheWorkplace([file("package-lock.json", place)])).toEqual([]);
  });

  test("a folder that is only called so is not", () => {
    const text = ["docs", "work", "x.md"].join("/");
    expect(guards.nothingNamesTheWorkplace([file("README.md", text)])).toEqual([]);
  });
});

describe("decisions are numbered", () => {
  test("each with its own number", () => expect(guards.decisionsAreNumbered(house)).toEqual([]));

  test("one without, and one whose number is taken, are found", () => {
    const names = ["0001-floors.md", "0001-again.md", "later.md", "0002-tables.md"];
    const found = guards.decisionsAreNumbered(names.map((name) => file(`docs/decisions/${name}`)));
    expect(found).toEqual([
      "docs/decisions/0001-again.md needs a number of its own: NNNN-title.md",
      "docs/decisions/later.md needs a number of its own: NNNN-title.md",
    ]);
  });
});

describe("every pitfall of the reference is proved or waits for a reason", () => {
  test("all of them", () => expect(guards.pitfallsAreProved(house)).toEqual([]));

  test("one that nobody names, and a test that is gone, are found", () => {
    const row = (number: number) => `| ${number} | trap | Not yet: later |`;
    const waiting = Array.from({ length: 33 }, (_, place) => row(place + 6));
    const named = [1, 2, 3, 4].map((number) => `| ${number} | trap | \`a.test.ts\`: ${number}s |`);
    const proofs = [
      file(
        "a.test.ts",
        `test("pitfalls ${"1 to 3"}", () => {}); test("(pitfall ${4})", () => {});`,
      ),
      file("docs/PITFALLS.md", [...named, ...waiting].join("\n")),
    ];
    expect(guards.pitfallsAreProved(proofs)).toEqual([
      "docs/PITFALLS.md needs one row for pitfall 5",
      "no test names pitfall 5",
      ...[1, 2, 3, 4].map(
        (number) =>
          `docs/PITFALLS.md proves pitfall ${number} by what is no test: ` +
          `\`a.test.ts\`: ${number}s`,
      ),
    ]);
  });
});
