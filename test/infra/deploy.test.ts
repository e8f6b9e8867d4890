import { describe, expect, test } from "vitest";
import { cdkArguments, deploymentFrom } from "../../infra/commands/deploy.ts";

const parse = (line: string) => deploymentFrom(line.split(" "));

describe("npm run deploy", () => {
  test("takes a stage and leaves the rest to the AWS configuration", () => {
    expect(parse("--stage dev")).toEqual({
      stage: "dev",
      profile: null,
      region: null,
      alarmEmail: null,
      yes: false,
    });
  });

  test("gives everything on to the CDK", () => {
    const line =
      "--stage prod --profile team --region eu-central-1 --alarm-email ops@example.com --yes";
    expect(cdkArguments(parse(line)!).join(" ")).toBe(
      "deploy --all --outputs-file cdk.out/outputs.prod.json -c stage=prod " +
        "-c alarmEmail=ops@example.com --profile team --region eu-central-1 " +
        "--require-approval never",
    );
  });

  test("asks before permissions are widened, unless told not to", () => {
    expect(cdkArguments(parse("--stage dev")!).slice(-2)).toEqual([
      "--require-approval",
      "broadening",
    ]);
  });

  test("--help needs nothing else", () => {
    expect(parse("--help")).toBeNull();
  });

  test.each([
    ["--yes", "--stage is required"],
    ["--stage local", "--stage is required"],
    ["--stage production", "does not exist"],
    ["--stage prod --region Frankfurt", "--region does not look right"],
    ["--stage prod --alarm-email nobody", "--alarm-email does not look right"],
    ["--stage prod --profile a;b", "--profile does not look right"],
    ["--stage prod --force", "--force"],
    ["prod", "prod"],
  ])("%s is refused before anything is built", (line, message) => {
    expect(() => parse(line)).toThrow(message);
  });
});
