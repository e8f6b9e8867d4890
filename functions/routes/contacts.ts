import * as z from "zod";
import * as contract from "../../shared/contract/contacts.ts";
import { pageOf, pageQuery } from "../../shared/contract/shapes.ts";
import type { Contact } from "../../shared/domain/contacts.ts";
import {
  changeContact,
  createContact,
  listContacts,
  readContact,
} from "../../shared/operations/contacts.ts";
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
];
