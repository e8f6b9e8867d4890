import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AccessKeys } from "./access.ts";
import { alarmsOf } from "./alarms.ts";
import { Gateway } from "./aws/gateway.ts";
import { MovedClock } from "./clock.ts";
import { deliveriesFrom } from "./deliveries.ts";
import { deployFunctions, httpApiOf, type Mapping, mappingsOf } from "./deployed.ts";
import { EventBus } from "./events/bus.ts";
import type { HttpApi } from "./http/api.ts";
import { Iam } from "./iam/grants.ts";
import type { Busy, Door } from "./parts.ts";
import { Graph } from "./providers/graph/graph.ts";
import type { Alarms } from "./run/alarms.ts";
import { Invocations } from "./run/invocations.ts";
import { Lambdas } from "./run/lambda.ts";
import { type LogLine, Logs } from "./run/logs.ts";
import { Metrics } from "./run/metrics.ts";
import { bodiesIn, bodiesInMemory } from "./s3/bodies.ts";
import { S3 } from "./s3/s3.ts";
import { Scheduler } from "./scheduler/scheduler.ts";
import { Secrets } from "./secrets.ts";
import { settle } from "./settle.ts";
import { Sqs } from "./sqs/sqs.ts";
import { SqliteState } from "./state.ts";
import { type Tables, tablesOf } from "./tables.ts";
import { loadTemplate, type Template } from "./template/load.ts";
import { WebServer } from "./web.ts";

export interface CloudOptions {
  /** Folder of the synthesised template. */
  readonly assembly: string;
  /** Where everything is kept; null: in memory. */
  readonly directory: string | null;
  /** Of the front door; 0 takes a free one. */
  readonly port: number;
  /** Of what is random here: repeated stream records. */
  readonly seed?: number;
  readonly print?: (line: LogLine) => void;
}

const ALARMS_EVERY_MS = 1_000;

/** What stands before the services do: they need addresses, names and rights from the start. */
interface Ground {
  readonly state: SqliteState;
  readonly clock: MovedClock;
  readonly web: WebServer;
  readonly keys: AccessKeys;
  /** Of the gateway; the services are put in as they come. */
  readonly doors: Record<string, Door>;
  readonly iam: Iam;
  readonly gateway: Gateway;
  readonly gatewayUrl: string;
  readonly template: Template;
  readonly tables: Tables;
}

/**
 * The cloud on a laptop: reads the very template that CDK would deploy and runs it. Nothing here
 * knows the product; what it is wired to stands in the template alone.
 */
export class Cloud {
  readonly template: Template;
  readonly clock: MovedClock;
  readonly iam: Iam;
  readonly lambdas: Lambdas;
  readonly logs: Logs;
  readonly alarms: Alarms;
  readonly bus: EventBus;
  readonly sqs: Sqs;
  readonly s3: S3;
  readonly graph: Graph;
  readonly tables: Tables;
  readonly api: HttpApi;
  readonly gateway: Gateway;
  readonly gatewayUrl: string;
  readonly web: WebServer;
  readonly state: SqliteState;
  readonly #scheduler: Scheduler;
  readonly #mappings: readonly Mapping[];
  #timer: NodeJS.Timeout | undefined;

  static async start(options: CloudOptions): Promise<Cloud> {
    const { directory } = options;
    if (directory !== null) mkdirSync(directory, { recursive: true });
    const state = SqliteState.open(directory === null ? null : join(directory, "state.sqlite"));
    const clock = new MovedClock(state);
    const web = await WebServer.listen(options.port, clock);
    const keys = new AccessKeys(clock);
    const doors: Record<string, Door> = {};
    let iam: Iam | undefined;
    const gateway = new Gateway({
      clock,
      doors,
      authenticate: keys.authenticate,
      authorize: (principal, needs) => iam?.authorize(principal, needs),
    });
    const gatewayUrl = await gateway.listen(0);
    const template = loadTemplate(options.assembly, { gateway: gatewayUrl, web: web.url });
    iam = new Iam(template, clock);
    const tablesDirectory = directory === null ? null : join(directory, "tables");
    const tables = await tablesOf(template, { clock, state, directory: tablesDirectory });
    const services = { iam, keys, doors, gateway, gatewayUrl, template, tables };
    const cloud = new Cloud(options, { state, clock, web, ...services });
    cloud.#begin();
    return cloud;
  }

  private constructor(options: CloudOptions, ground: Ground) {
    const { state, clock, web, keys, iam, gatewayUrl, template, tables } = ground;
    const { directory, seed = 1, print = () => undefined } = options;
    this.template = template;
    this.clock = clock;
    this.state = state;
    this.web = web;
    this.iam = iam;
    this.tables = tables;
    this.gateway = ground.gateway;
    this.gatewayUrl = gatewayUrl;

    const metrics = new Metrics();
    const authorize = (name: string, needs: Parameters<Iam["authorize"]>[1]) =>
      iam.authorize(deployed.get(name)?.principal ?? { name, arn: name }, needs);
    this.logs = new Logs({ clock, metrics, authorize, print });
    this.lambdas = new Lambdas({ clockOffset: clock.offset, logs: this.logs, metrics });
    const places = { aws: gatewayUrl, graph: `${web.url}/graph` };
    const deployed = deployFunctions(template, { lambdas: this.lambdas, iam, keys, places });

    this.sqs = new Sqs({ clock, state, baseUrl: () => gatewayUrl });
    const bodies = directory === null ? null : join(directory, "objects");
    this.s3 = new S3({ clock, state, directory: bodies });
    const reach = { iam, functions: this.lambdas, sqs: this.sqs };
    const scheduled = deliveriesFrom("scheduler.amazonaws.com", reach);
    this.#scheduler = new Scheduler({ clock, state, ...scheduled });
    this.bus = new EventBus({ clock, state, ...deliveriesFrom("events.amazonaws.com", reach) });
    const secrets = new Secrets({ state });
    this.#define(secrets);
    Object.assign(ground.doors, {
      dynamodb: tables.door,
      sqs: this.sqs,
      s3: this.s3,
      events: this.bus,
      scheduler: this.#scheduler,
      lambda: new Invocations(this.lambdas),
      secretsmanager: secrets,
    });

    const { lambdas: functions, sqs, s3 } = this;
    const parts = { functions, iam, clock, state, seed, tables, deployed, sqs, s3 };
    this.#mappings = mappingsOf(template, parts);
    this.api = httpApiOf(template, { functions, iam, clock, metrics });
    this.alarms = alarmsOf(template, { clock, metrics, iam, sqs });
    const media = directory === null ? bodiesInMemory() : bodiesIn(join(directory, "media"));
    this.graph = new Graph({ clock, state, callbackUrl: () => web.url, bodies: media });
  }

  /** What the template declares beside functions and tables. */
  #define(secrets: Secrets): void {
    const each = (
      type: string,
      define: (properties: Record<string, unknown>, ref: string) => void,
    ) => {
      for (const resource of this.template.resources(type)) {
        define({ ...resource.properties }, this.template.ref(resource));
      }
    };
    for (const resource of this.template.resources("AWS::SQS::Queue")) {
      const name = this.template.attribute(resource, "QueueName");
      this.sqs.create({ ...resource.properties }, name);
    }
    each("AWS::S3::Bucket", (properties, name) => this.s3.create(properties, name));
    each("AWS::Events::EventBus", (_, name) => this.bus.defineBus(name));
    each("AWS::Events::Rule", (properties, name) => this.bus.defineRule(properties, name));
    each("AWS::Scheduler::ScheduleGroup", (_, name) => this.#scheduler.defineGroup(name));
    each("AWS::Scheduler::Schedule", (properties, name) =>
      this.#scheduler.defineSchedule(properties, name),
    );
    each("AWS::SecretsManager::Secret", (properties, arn) =>
      secrets.define(properties, secretName(arn), arn),
    );
  }

  #begin(): void {
    this.sqs.recover();
    for (const mapping of this.#mappings) mapping.start();
    this.#scheduler.start();
    this.bus.start();
    this.graph.start();
    this.#timer = setInterval(() => this.alarms.check(), ALARMS_EVERY_MS);
  }

  get url(): string {
    return this.web.url;
  }

  /** Everything that may have work under way. */
  get #busy(): readonly Busy[] {
    return [...this.#mappings, this.lambdas, this.sqs, this.#scheduler, this.bus, this.graph];
  }

  settle(): Promise<{ settled: boolean; pending: string[] }> {
    return settle(this.#busy);
  }

  /** Moves the clock and runs what is then due, to its end. */
  async advance(ms: number): Promise<number> {
    this.clock.advance(ms);
    await this.tables.door.sweep(this.clock.now());
    this.s3.expire();
    await this.#scheduler.runDue();
    await this.settle();
    this.alarms.check();
    return this.clock.now();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.web.close();
    await this.graph.stop();
    await Promise.all(this.#mappings.map((mapping) => mapping.stop()));
    await this.#scheduler.stop();
    await this.bus.stop();
    await this.lambdas.stop();
    await this.gateway.close();
    await this.tables.engine.stop();
    this.state.close();
  }
}

/** `arn:aws:secretsmanager:...:secret:<name>-<six characters>`. */
function secretName(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1).replace(/-\w{6}$/, "");
}
