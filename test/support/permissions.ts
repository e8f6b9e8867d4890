/** The table of who may do what and why, read from the synthesised template. */
import type { Cloud } from "../../local/cloud.ts";
import type { Grant } from "../../local/iam/grants.ts";
import { functions } from "../../shared/grants.ts";
import { type FunctionName, schedules } from "../../shared/topology.ts";

interface Row {
  readonly who: string;
  readonly action: string;
  readonly on: string;
  readonly why: string;
}

const HEAD = `# Who may do what

Generated from the synthesised template, with the reasons of \`shared/topology.ts\`; a test says
when it is stale, and \`UPDATE=1 npx vitest run --project proofs privileges\` writes it. The same
test proves that each line is used, and takes some away to see that they are needed.

| who | action | on | why |
|---|---|---|---|
`;

export function permissionsText(cloud: Cloud): string {
  const rows = cloud.iam.grants().map((grant) => rowOf(cloud, grant));
  const merged = Map.groupBy(rows, ({ who, on, why }) => `| ${who} | ACTIONS | ${on} | ${why} |`);
  const lines = [...merged].map(([line, same]) => {
    const actions = same.map(({ action }) => `\`${action}\``);
    return line.replace("ACTIONS", actions.join(", "));
  });
  return `${HEAD}${lines.sort((one, other) => (one < other ? -1 : 1)).join("\n")}\n`;
}

function rowOf(cloud: Cloud, grant: Grant): Row {
  const who = whoIs(grant.holder);
  const on = placeOf(cloud, grant.resource);
  return { who, action: grant.action, on, why: reasonFor(grant, who, on) };
}

/** `IngestFunctionRole1A2B` is the function ingest, `TickScheduleRole1A2B` the schedule tick. */
function whoIs(holder: string): string {
  const [, name, kind] = /^([A-Z]\w*?)(Function|Schedule)Role[0-9A-F]{8}$/.exec(holder) ?? [];
  if (holder.startsWith("TimersRole")) return "timers";
  if (name === undefined || kind === undefined) return holder;
  const noun = name.charAt(0).toLowerCase() + name.slice(1);
  return kind === "Schedule" ? `schedule ${noun}` : noun;
}

/** Resources as the topology names them; `truth/gsi1`, `archive/raw/*`. */
function placeOf({ template }: Cloud, arn: string): string {
  const table = template.output("TruthTable");
  const names: readonly (readonly [RegExp, string])[] = [
    [new RegExp(`^.*:table/${table}/index/`), "truth/"],
    [new RegExp(`^.*:table/${table}/stream/.*$`), "stream of truth"],
    [new RegExp(`^.*:table/${table}$`), "truth"],
    [new RegExp(`^.*:table/${template.output("DerivedTable")}$`), "derived"],
    [new RegExp(`^arn:aws:s3:::${template.output("ArchiveBucket")}`), "archive"],
    [new RegExp(`^${template.output("KeysSecret")}$`), "keys"],
    [/^.*:secret:.*\/apps\/\*$/, "apps/*"],
    [/^.*:log-group:.*$/, "its log"],
    [/^.*:event-bus\/.*$/, "bus"],
    [/^.*:sqs:.*-(\w+)-dead-letters(\.fifo)?$/, "dead letters of $1"],
    [/^.*:sqs:.*-(\w+?)(\.fifo)?$/, "queue $1"],
    [/^.*:function:.*-(\w+)$/, "function $1"],
    [/^.*:sns:.*$/, "topic of alarms"],
    [/^.*:schedule\/.*-timers\/\*$/, "timers/*"],
    [/^.*:role\/.*-TimersRole[0-9A-F]{8}$/, "timerRole"],
    [/^.*:role\/.*-(\w+?)Role[0-9A-F]{8}$/, "role $1"],
  ];
  const found = names.find(([pattern]) => pattern.test(arn));
  if (found === undefined) throw new Error(`PERMISSIONS.md has no name for ${arn}.`);
  return arn.replace(...found);
}

/** What infra grants besides the topology; the first that fits. */
const EXTRAS: readonly (readonly [RegExp, string])[] = [
  [/^logs:\w+ its log$/, "Lambda writes the function's log"],
  [/^sqs:\w+ queue \w+$/, "Lambda polls the queue for it"],
  [/^sqs:\w+ dead letters of \w+$/, "Lambda polls the dead letters for it"],
  [/^dynamodb:\w+ stream of truth$/, "Lambda reads the stream for it"],
  [/^s3:\w+ archive(\/aws\/lambda\/\*)?$/, "Lambda parks records that fail again and again"],
  [/^sns:Publish topic of alarms$/, "alarms reach people"],
  [/^sts:AssumeRole role \w+Function$/, "runs the function"],
  [/^sts:AssumeRole role \w+Schedule$/, "fires the schedules of its group, and no other"],
  [/^sts:AssumeRole timerRole$/, "fires the schedules of its group, and no other"],
  [/^lambda:InvokeFunction function timer$/, "fires each timer"],
  [/^sqs:SendMessage dead letters of timer$/, "keeps what could not be delivered"],
  [/^lambda:InvokeFunction function (api|webhook)$/, "routes of the API, and no other API"],
];

function reasonFor({ action }: Grant, who: string, on: string): string {
  const [, schedule] = /^schedule (\w+)$/.exec(who) ?? [];
  if (schedule === "tick") return `every ${schedules.tick.everyMinutes} minutes`;
  const spec = Object.hasOwn(functions, who) ? functions[who as FunctionName] : undefined;
  const place = on.replace(/^queue |\/\*$/g, "");
  const ours = spec?.grants.find((grant) => {
    const { part } = grant;
    const ground = part === undefined ? grant.on : `${grant.on}/${part.replace(/\/$/, "")}`;
    return grant.actions.includes(action) && ground === place;
  });
  const why = ours?.why ?? EXTRAS.find(([pattern]) => pattern.test(`${action} ${on}`))?.[1];
  if (why === undefined)
    throw new Error(`PERMISSIONS.md has no reason for ${who} ${action} ${on}.`);
  return why;
}
