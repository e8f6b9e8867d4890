import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../build.ts";
import { commandLine, deployable, matching, outputsFile, REGION_NAME, ROOT } from "./operator.ts";

const HELP = `Builds Parley and deploys its three stacks (data, core, api) to AWS.

  npm run deploy -- --stage prod [--profile NAME] [--region REGION] [--alarm-email ADDRESS] [--yes]

  --stage        dev (may be thrown away) or prod (tables, buckets and stacks are guarded);
                 required
  --profile      profile of the AWS configuration to deploy with; the default credentials otherwise
  --region       region to deploy to; that of the profile or AWS_REGION otherwise
  --alarm-email  who is told about alarms; AWS asks this address to confirm first. Deploying again
                 without it ends the subscription
  --yes          do not ask before permissions are widened
  --help         this text

The account and region must have been bootstrapped once: npx cdk bootstrap
`;

export interface Deployment {
  readonly stage: string;
  readonly profile: string | null;
  readonly region: string | null;
  readonly alarmEmail: string | null;
  readonly yes: boolean;
}

/** Reads the command line; null when it asks for help. Throws with what to do when it is wrong. */
export function deploymentFrom(argv: readonly string[]): Deployment | null {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      stage: { type: "string" },
      profile: { type: "string" },
      region: { type: "string" },
      "alarm-email": { type: "string" },
      yes: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  return {
    stage: deployable(values.stage).name,
    profile: matching("--profile", values.profile, /^[\w.@/+-]+$/),
    region: matching("--region", values.region, REGION_NAME),
    alarmEmail: matching("--alarm-email", values["alarm-email"], /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/),
    yes: values.yes,
  };
}

/** What the CDK command line is called with. */
export function cdkArguments({ stage, profile, region, alarmEmail, yes }: Deployment): string[] {
  return [
    "deploy",
    "--all",
    ...["--outputs-file", outputsFile(stage)],
    ...["-c", `stage=${stage}`],
    ...(alarmEmail === null ? [] : ["-c", `alarmEmail=${alarmEmail}`]),
    ...(profile === null ? [] : ["--profile", profile]),
    ...(region === null ? [] : ["--region", region]),
    ...["--require-approval", yes ? "never" : "broadening"],
  ];
}

/** The app is started by the CDK as `node ...`, which must be the Node that runs this. */
async function deploy(deployment: Deployment): Promise<void> {
  await build();
  const path = [dirname(process.execPath), process.env.PATH ?? ""].join(delimiter);
  const cdk = spawn(join(ROOT, "node_modules/.bin/cdk"), cdkArguments(deployment), {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  const [code] = await once(cdk, "exit");
  process.exitCode = code ?? 1;
}

if (import.meta.main) await commandLine(HELP, deploymentFrom, deploy);
