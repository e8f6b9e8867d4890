import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LambdaRig } from "./lambdaRig.ts";

let rig: LambdaRig;

beforeEach(() => {
  rig = new LambdaRig();
});

afterEach(async () => await rig.close());

describe("logs", () => {
  it("keep every line of an invocation before its outcome is known", async () => {
    rig.define(`export const handler = async () => {
      for (let line = 0; line < 50; line += 1) console.log("line", line);
      console.error("é\\u2028 one line");
      process.stdout.write("half ");
      process.stdout.write("and half\\n");
    };`);
    await rig.payloadOf({});
    const lines = rig.logs.tail("api").map(({ line }) => line);
    expect(lines).toHaveLength(53);
    expect(lines).toContain("line 49");
    expect(lines).toContain("é\u2028 one line");
    expect(lines).toContain("half and half");
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      type: "platform.report",
      record: { status: "success" },
    });
    expect(rig.logs.tail("api", 1)).toHaveLength(1);
    expect(rig.logs.tail("other")).toStrictEqual([]);
  });

  it("are written with the function's role, one stream per environment", async () => {
    rig.define("export const handler = async () => { console.log('one'); };");
    await rig.payloadOf({});
    await rig.payloadOf({});
    const actions = rig.needs.map(({ action }) => action);
    const put = "logs:PutLogEvents";
    expect(actions).toStrictEqual(["logs:CreateLogStream", put, put, put, put]);
    const group = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/api";
    expect(new Set(rig.needs.map(({ resource }) => resource)).size).toBe(1);
    expect(rig.needs[0]?.resource).toMatch(
      /:log-stream:\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    );
    expect(rig.needs[0]?.resource.startsWith(group)).toBe(true);
  });

  it.each(["logs:CreateLogStream", "logs:PutLogEvents"])(
    "are lost without %s while the function works on",
    async (action) => {
      rig.define("export const handler = async () => { console.log('one'); return 1; };");
      rig.denied.add(action);
      expect(await rig.payloadOf({})).toBe(1);
      expect(rig.logs.tail()).toStrictEqual([]);
    },
  );

  it("turn embedded metrics into metrics and leave other JSON alone", async () => {
    rig.define(`export const handler = async () => {
      const _aws = { Timestamp: 60000, CloudWatchMetrics: [{
        Namespace: "Parley", Dimensions: [["service"], []], Metrics: [{ Name: "poison" }] }] };
      console.log(JSON.stringify({ _aws, service: "ingest", poison: [2, 3] }));
      console.log(JSON.stringify({ _aws: { CloudWatchMetrics: "none" }, poison: 1 }));
    };`);
    await rig.payloadOf({});
    const metric = { namespace: "Parley", name: "poison", dimensions: { service: "ingest" } };
    const point = { startAt: 60_000, count: 2, sum: 5, minimum: 2, maximum: 3 };
    expect(rig.metrics.points(metric, 60_000, 0)).toStrictEqual([point]);
    expect(rig.metrics.points({ ...metric, dimensions: {} }, 60_000, 0)).toStrictEqual([point]);
    expect(rig.logs.tail().filter(({ line }) => line.includes("_aws"))).toHaveLength(2);
  });

  it("are bounded", () => {
    const write = rig.logs.open("/aws/lambda/api", "api", "stream");
    for (let line = 0; line < 2_500; line += 1) write(String(line));
    expect(rig.logs.tail()).toHaveLength(2_000);
    expect(rig.logs.tail()[0]?.line).toBe("500");
  });
});
