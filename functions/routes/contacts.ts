import * as z from "zod";
import * as contract from "../../shared/contract/contacts.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import type { Contact } from "../../shared/domain/contacts.ts";
import {
  changeContact,
  createContact,
  findOrCreateContact,
  listContacts,
  readContact,
} from "../../shared/operations/contacts.ts";
import { mergeContacts, unmergeContact } from "../../shared/operations/merges.ts";
import { etag, route } from "../edge/route.ts";

const tag = "Contacts";
const params = { id: "contact" } as const;

const replied = (status: number) => (contact: Contact) => ({
  status,
  body: contract.viewContact(contact),
  headers: etag(contact),
});

export const contactsRoutes = [
  route(
    {
      method: "GET",
      path: "/v1/contacts",
      operationId: "listContacts",
      tag,
      summary: "All contacts, newest first",
      access: "contacts:read",
      query: z.strictObject(pageQuery),
      reply: { status: 200, schema: pageOf(contract.contact) },
    },
    async ({ scope, query, pages }) => listContacts(scope, await pages.request(query)),
    (page, { pages }) => pages.reply(page, contract.viewContact),
  ),
  route(
    {
      method: "POST",
      path: "/v1/contacts",
      operationId: "createContact",
      tag,
      summary: "Make a contact",
      description: "An identity that another contact has is refused with 409 identity_taken.",
      access: "contacts:write",
      body: contract.contactCreate,
      once: true,
      reply: { status: 201, schema: contract.contact },
    },
    ({ scope, body }) => createContact(scope, body),
    replied(201),
  ),
  route(
    {
      method: "GET",
      path: "/v1/contacts/{id}",
      operationId: "getContact",
      tag,
      summary: "One contact with all identities",
      access: "contacts:read",
      params,
      reply: { status: 200, schema: contract.contact },
    },
    ({ scope, params }) => readContact(scope, params.id),
    replied(200),
  ),
  route(
    {
      method: "PATCH",
      path: "/v1/contacts/{id}",
      operationId: "changeContact",
      tag,
      summary: "Change a contact; what is not named stays",
      access: "contacts:write",
      params,
      body: contract.contactChange,
      revised: true,
      reply: { status: 200, schema: contract.contact },
    },
    ({ scope, params, body, expectedRev }) => changeContact(scope, params.id, body, expectedRev),
    replied(200),
  ),
  route(
    {
      method: "PUT",
      path: "/v1/contacts/by/{kind}/{value}",
      operationId: "findOrCreateContact",
      tag,
      summary: "Find or make the contact with an identity; what is named is changed",
      description:
        "201 when it is new, 200 when it was there. A number is found however it is written: " +
        "with or without Brazil's ninth digit, Mexico's 1 and Argentina's 9.",
      access: "contacts:write",
      named: contract.contactName,
      body: contract.contactFind,
      reply: { status: 201, elseStatus: 200, schema: contract.contact },
    },
    ({ scope, params, body }) => findOrCreateContact(scope, params, body),
    ({ contact, isNew }) => replied(isNew ? 201 : 200)(contact),
  ),
  route(
    {
      method: "POST",
      path: "/v1/contacts/{id}/merge",
      operationId: "mergeContacts",
      tag,
      summary: "Another contact becomes part of this one",
      description:
        "Identities, attributes and conversations are this contact's from then on. The other is " +
        "listed no more, and read with mergedInto. It can be undone.",
      access: "contacts:write",
      params,
      body: contract.contactMerge,
      once: true,
      reply: { status: 200, schema: contract.contact },
    },
    ({ scope, params, body }) => mergeContacts(scope, params.id, body.contactId),
    replied(200),
  ),
  route(
    {
      method: "POST",
      path: "/v1/contacts/{id}/unmerge",
      operationId: "unmergeContact",
      tag,
      summary: "Take two contacts apart again; each has what it had",
      description:
        "The contact is the one that others became part of, or one that became part of another. " +
        "Messages stay in their conversations. The two are never joined by themselves again.",
      access: "contacts:write",
      params,
      body: contract.contactUnmerge,
      once: true,
      reply: { status: 200, schema: contract.contact },
    },
    ({ scope, params, body }) => unmergeContact(scope, params.id, body.mergeId),
    replied(200),
  ),
];
