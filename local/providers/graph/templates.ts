/**
 * The message templates of each business account (section 8). What is going to happen to one by
 * itself (its review, the end of a pause, another category) stands in it and is durable with it;
 * it happens when its time has come, before anybody looks.
 */
import { randomInt } from "node:crypto";
import { monotonicFactory } from "ulid";
import type { Busy, Clock, Shelf, State } from "../../parts.ts";
import type { Callbacks } from "./callbacks.ts";
import type { Due, MessageTemplate } from "./messageTemplate.ts";
import type { Numbers } from "./numbers.ts";
import { happen, type TemplateEvent, type Told } from "./templateLife.ts";

/** What a deleted template leaves behind: until when each language is taken. */
type Locks = Readonly<Record<string, number>>;

export interface Kept {
  /** Of each app, whether it took the first callback at once; false means that it is still owed. */
  readonly delivered: Promise<boolean[]>;
}

export interface TemplatesConfig {
  readonly clock: Clock;
  readonly state: State;
  readonly callbacks: Callbacks;
  readonly numbers: Numbers;
}

const LOOK_EVERY_MS = 50;
const LOCKED_MS = 30 * 86_400_000;
/** Settle waits this long, so what happens sooner is work under way. */
const SOON_MS = 30_000;

export class Templates implements Busy {
  readonly #config: TemplatesConfig;
  readonly #shelf: Shelf<MessageTemplate>;
  readonly #locks: Shelf<Locks>;
  /** The shelf in memory. */
  readonly #all: Map<string, MessageTemplate>;
  readonly #nextPlace = monotonicFactory();
  #looking: NodeJS.Timeout | undefined;

  constructor(config: TemplatesConfig) {
    this.#config = config;
    this.#shelf = config.state.shelf("graph.messageTemplates");
    this.#locks = config.state.shelf("graph.templateLocks");
    this.#all = new Map(this.#shelf.entries());
  }

  start(): void {
    this.#looking = setInterval(() => this.#catchUp(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#looking);
  }

  pending(): string[] {
    const soon = this.#config.clock.now() + SOON_MS;
    return [...this.#all.values()].flatMap(({ name, due }) => {
      return due.filter(({ at }) => at <= soon).map(({ what }) => `graph: ${what} of ${name}`);
    });
  }

  byId(id: string): MessageTemplate | undefined {
    this.#catchUp();
    return this.#all.get(id);
  }

  /** Those of an account, the newest first. */
  of(wabaId: string): MessageTemplate[] {
    this.#catchUp();
    const own = [...this.#all.values()].filter((template) => template.wabaId === wabaId);
    return own.sort((one, other) => (one.place > other.place ? -1 : 1));
  }

  find(wabaId: string, name: string, language: string): MessageTemplate | undefined {
    return this.of(wabaId).find((one) => one.name === name && one.language === language);
  }

  /** A new one. */
  add(given: Omit<MessageTemplate, "id" | "place">): MessageTemplate {
    const template = { ...given, id: this.#freeId(), place: this.#nextPlace() };
    this.keep(template, []);
    return template;
  }

  /**
   * One durable step: the template as it is now, and what its apps are owed.
   * @param at when it happened; without, now
   */
  keep(template: MessageTemplate, told: readonly Told[], at?: number): Kept {
    const { state, callbacks, clock } = this.#config;
    const { wabaId } = template;
    const now = clock.now();
    const time = Math.floor((at ?? now) / 1_000);
    const updates = told.map((one) => ({ at: now, update: { ...one, wabaId, time } }));
    const { firsts } = state.atOnce(() => {
      this.#shelf.put(template.id, template);
      return { firsts: this.#apps(wabaId).map((app) => callbacks.schedule(app, updates)) };
    });
    this.#all.set(template.id, template);
    return { delivered: Promise.all(firsts) };
  }

  /** Null when that cannot happen to it as it is. */
  happen(template: MessageTemplate, event: TemplateEvent): Kept | null {
    const now = this.#config.clock.now();
    const outcome = happen(template, event, now);
    return outcome === null ? null : this.keep(outcome.after, outcome.told);
  }

  /** Deletes; a name that was approved is locked for 30 days (section 8.4). */
  remove(templates: readonly MessageTemplate[], told: (one: MessageTemplate) => Told): void {
    const until = this.#config.clock.now() + LOCKED_MS;
    this.#config.state.atOnce(() => {
      this.#forgetLocks(until - LOCKED_MS);
      for (const template of templates) {
        this.keep({ ...template, due: [] }, [told(template)]);
        this.#shelf.remove(template.id);
        if (!template.wasApproved) continue;
        const key = `${template.wabaId} ${template.name}`;
        this.#locks.put(key, { ...this.#locks.get(key), [template.language]: until });
      }
    });
    for (const { id } of templates) this.#all.delete(id);
  }

  /** While other languages of the name live, only those that were deleted are locked. */
  isLocked(wabaId: string, name: string, language: string): boolean {
    const now = this.#config.clock.now();
    const locks = this.#locks.get(`${wabaId} ${name}`) ?? {};
    const isUsed = this.of(wabaId).some((one) => one.name === name);
    const untils = isUsed ? [locks[language] ?? 0] : Object.values(locks);
    return untils.some((until) => now < until);
  }

  #forgetLocks(now: number): void {
    for (const [key, locks] of this.#locks.entries()) {
      if (Object.values(locks).every((until) => until <= now)) this.#locks.remove(key);
    }
  }

  /** Does what is due, of each template in order of time. */
  #catchUp(): void {
    const now = this.#config.clock.now();
    for (const { id, due } of this.#all.values()) {
      const overdue = due.filter(({ at }) => at <= now).sort((one, other) => one.at - other.at);
      for (const one of overdue) this.#fulfil(id, one);
    }
  }

  /** What came before may have made an end of it. */
  #fulfil(id: string, { what, at }: Due): void {
    const template = this.#all.get(id);
    if (template?.due.some((one) => one.what === what) !== true) return;
    const left = template.due.filter((one) => one.what !== what);
    const waiting = { ...template, due: left };
    const outcome = happen(waiting, { event: what }, at) ?? { after: waiting, told: [] };
    this.keep(outcome.after, outcome.told, at);
  }

  #apps(wabaId: string): string[] {
    const own = this.#config.numbers.all().filter((number) => number.wabaId === wabaId);
    return [...new Set(own.map(({ channelKey }) => channelKey))];
  }

  #freeId(): string {
    for (;;) {
      const id = `500${String(randomInt(1e12)).padStart(12, "0")}`;
      if (!this.#all.has(id)) return id;
    }
  }
}
