import { AwsError } from "../parts.ts";
import { notImitated } from "./refusal.ts";
import { type XmlChildren, xmlTexts, xmlUnescape } from "./xml.ts";

export interface Deletion {
  readonly keys: readonly string[];
  /** "A response that includes only objects where the delete operation encountered an error." */
  readonly isQuiet: boolean;
}

const KEYS_MAX = 1000;

/** Reads the body of a DeleteObjects. */
export function deletionOf(body: Buffer): Deletion {
  const xml = body.toString();
  const objects = xmlTexts(xml, "Object");
  const keys = objects.flatMap((object) => xmlTexts(object, "Key")).map(xmlUnescape);
  if (objects.length === 0 || objects.length > KEYS_MAX || keys.length !== objects.length) {
    const message = "The XML you provided was not well-formed or did not validate.";
    throw new AwsError("MalformedXML", message);
  }
  if (objects.some((object) => /<(VersionId|ETag|LastModifiedTime|Size)>/.test(object))) {
    throw notImitated("DeleteObjects with conditions or versions");
  }
  return { keys, isQuiet: xmlTexts(xml, "Quiet")[0] === "true" };
}

/** The children of a DeleteResult. */
export function deleted(deletion: Deletion): XmlChildren {
  return { Deleted: deletion.isQuiet ? [] : deletion.keys.map((Key) => ({ Key })) };
}
