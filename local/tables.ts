import { DynamoDoor } from "./dynamo/door.ts";
import { Engine } from "./dynamo/engine.ts";
import { Expiry } from "./dynamo/expiry.ts";
import { Meter } from "./dynamo/meter.ts";
import { TableStream } from "./dynamo/stream.ts";
import { createTable, type Table } from "./dynamo/tables.ts";
import type { Clock, State } from "./parts.ts";
import type { Template } from "./template/load.ts";

/** The template's tables in the engine, their door and their streams. */
export interface Tables {
  readonly engine: Engine;
  readonly door: DynamoDoor;
  readonly meter: Meter;
  /** By the ARN that the template gives them. */
  readonly streams: ReadonlyMap<string, TableStream>;
}

export async function tablesOf(
  template: Template,
  parts: { clock: Clock; state: State; directory: string | null },
): Promise<Tables> {
  const { clock, state, directory } = parts;
  const engine = await Engine.start({ directory });
  const tables = new Map<string, Table>();
  const meter = new Meter(engine, tables);
  const expiry = new Expiry(engine, tables, state);
  const streams = new Map<string, TableStream>();
  for (const resource of template.resources("AWS::DynamoDB::GlobalTable")) {
    const table = await createTable(engine, resource.properties, template.ref(resource));
    tables.set(table.name, table);
    if (table.streamArn === null) continue;
    const arn = template.attribute(resource, "StreamArn");
    streams.set(arn, new TableStream({ engine, table, arn, clock, expiry }));
  }
  const onWrite = (name: string) => {
    for (const stream of streams.values()) if (stream.table.name === name) stream.wake();
  };
  return { engine, meter, streams, door: new DynamoDoor({ meter, expiry, onWrite }) };
}
