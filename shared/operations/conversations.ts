import type { Contact } from "../domain/contacts.ts";
import type { Conversation } from "../domain/conversations.ts";
import { notFound } from "../domain/errors.ts";
import type { ConversationQuery, Page, PageRequest, Scope } from "../ports.ts";

/** A conversation with whom it is. */
export interface ConversationWithContact {
  readonly conversation: Conversation;
  readonly contact: Contact;
}

export async function readConversation(scope: Scope, id: string): Promise<ConversationWithContact> {
  const conversation = await scope.store.conversation(id);
  if (conversation === null) throw notFound("conversation");
  const contact = await scope.store.contact(conversation.contactId);
  if (contact === null) throw new Error("A conversation names a contact that does not exist.");
  return { conversation, contact };
}

/** Newest activity first. */
export async function listConversations(
  scope: Scope,
  query: ConversationQuery,
  request: PageRequest,
): Promise<Page<ConversationWithContact>> {
  const page = await scope.store.conversations(query, request);
  const contacts = await scope.store.contactsOf(page.items.map(({ contactId }) => contactId));
  const items = page.items.flatMap((conversation) => {
    const contact = contacts.get(conversation.contactId);
    return contact === undefined ? [] : [{ conversation, contact }];
  });
  return { items, position: page.position };
}
