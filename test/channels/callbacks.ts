/** Reading callbacks of one value, as the tests of every type and field do. */
import { expect } from "vitest";
import { readCallback } from "../../shared/channels/whatsapp/receive.ts";
import type { CallbackPart, InboundMessage } from "../../shared/domain/callbacks.ts";
import { AT } from "../domain/things.ts";

export const PHONE_ID = "300000000000001";
export const NUMBER = "15550100001";
export const ADA = "447700900123";
export const BSUID = "GB.71000000000000000001";

export function readField(field: string, value: object): CallbackPart[] {
  const metadata = { display_phone_number: NUMBER, phone_number_id: PHONE_ID };
  const change = { field, value: { messaging_product: "whatsapp", metadata, ...value } };
  const body = JSON.stringify({ entry: [{ id: "200000000000001", changes: [change] }] });
  return readCallback({ channelKey: "local", receivedAt: AT, encoding: "utf8", body });
}

/** The one part of a value. */
export function partOf(field: string, value: object): CallbackPart {
  const [part, ...others] = readField(field, value);
  if (part === undefined) throw new Error("There is no part.");
  expect(others).toEqual([]);
  expect(part.route).toBe(PHONE_ID);
  return part;
}

export function messageOf({ body }: CallbackPart): InboundMessage {
  if (body.kind !== "message") throw new Error(`Not a message: ${JSON.stringify(body)}`);
  return body.message;
}
