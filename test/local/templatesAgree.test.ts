import fc from "fast-check";
import { expect, test } from "vitest";
import { checkTemplate } from "../../local/providers/graph/templateRules.ts";
import { createBody } from "../../shared/channels/whatsapp/templateWire.ts";
import { templateViolations } from "../../shared/domain/templateRules.ts";
import { componentOf, type TemplateDraft } from "../../shared/domain/templates.ts";
import { drafts } from "../support/templates.ts";

/**
 * Our rules and the pretend Meta's were written apart, each from the reference: where they agree on
 * a thousand templates, the reference was read right, or wrong in the same way twice.
 */
function bodyOf(draft: TemplateDraft): unknown {
  const header = componentOf(draft.components, "header");
  return createBody(draft, header?.mediaId === undefined ? null : "4::aW1hZ2U=");
}

test("our rules refuse what the pretend Meta refuses, and nothing else", () => {
  let refused = 0;
  const property = fc.property(drafts, (draft) => {
    const ours = templateViolations(draft);
    const theirs = checkTemplate(bodyOf(draft));
    const told = JSON.stringify({ draft, ours, theirs }, null, 1);
    expect(ours.length > 0, told).toBe(theirs !== null);
    if (theirs !== null) refused++;
  });
  fc.assert(property, { numRuns: 1_000, seed: 20_261_122 });
  // Both kinds are met often enough for an agreement to mean something.
  expect(refused).toBeGreaterThan(200);
  expect(refused).toBeLessThan(900);
});

test("some drafts are good and some are not", () => {
  const sample = fc.sample(drafts, { numRuns: 1_000, seed: 20_261_122 });
  const bad = sample.filter((draft) => templateViolations(draft).length > 0).length;
  expect(bad).toBeGreaterThan(200);
  expect(bad).toBeLessThan(900);
});
