import { spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "../build.ts";
import { STAGE_NAMES, stageNamed } from "../stage.ts";

const HELP = `Builds Parley and deploys its three stacks (data, core, api) to AWS.

  npm run deploy -- --stage prod [--profile NAME] [--region REGION] [--alarm-email ADDRESS] [--yes]

  --stage        dev (may be thrown away) or prod (tables, buckets and stacks are guarded). Required.
  --profile      profile of the AWS configuration to deploy with; the default credentials otherwise
  --region       region to deploy to; that of the profile or AWS_REGION otherwise
  --alarm-email  who is told about alarms; AWS asks this address to confirm first. Deploying again
                 without it ends the subscription
  --yes          do not ask before permissions are widened
  --help         this text

The account and region must have been bootstrapped once: npx cdk bootstrap
`;

const ROOT = join(import.meta.dirname, "../..");

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
    stage: deployable(values.stage),
    profile: matching("--profile", values.profile, /^[\w.@/+-]+$/),
    region: matching("--region", values.region, /^[a-z]{2,3}(-[a-z]+)+-\d$/),
    alarmEmail: matching("--alarm-email", values["alarm-email"], /^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/),
    yes: values.yes,
  };
}

/** What the CDK command line is called with. */
export function cdkArguments({ stage, profile, region, alarmEmail, yes }: Deployment): string[] {
  return [
    "deploy",
    "--all",
    ...["-c", `stage=${stage}`],
    ...(alarmEmail === null ? [] : ["-c", `alarmEmail=${alarmEmail}`]),
    ...(profile === null ? [] : ["--profile", profile]),
    ...(region === null ? [] : ["--region", region]),
    ...["--require-approval", yes ? "never" : "broadening"],
  ];
}

function deployable(name: string | undefined): string {
  if (name === undefined || name === "local") {
    const names = STAGE_NAMES.filter((each) => each !== "local").join(" or ");
    throw new Error(`--stage is required: ${names}. The laptop is npm start.`);
  }
  return stageNamed(name).name;
}

function matching(option: string, value: string | undefined, pattern: RegExp): string | null {
  if (value === undefined) return null;
  if (!pattern.test(value)) throw new Error(`${option} does not look right: "${value}".`);
  return value;
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

async function main(argv: readonly string[]): Promise<void> {
  try {
    const deployment = deploymentFrom(argv);
    if (deployment === null) process.stdout.write(HELP);
    else await deploy(deployment);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

if (import.meta.main) await main(process.argv.slice(2));
