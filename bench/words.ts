/** What docs/BENCH.md says between its tables. */

export const INTRODUCTION = `# Speed, cost and weight

This page is written by \`npm run bench -- --write\`. Request units, requests, bytes and budgets
are counted and come out the same on every machine; tests hold the budgets. Times are noisy, so
they are given only as ratios of medians measured in one run, against what the operation cannot
avoid.`;

export const MISSED = "## Over budget or target in this run";

export const COST = `## What a text costs

One inbound text from the signed webhook to the last thing that follows from it: the write, its
stream record, the fact on the bus. The functions are warm, except in the last row: a cold
function reads the app, its secret, the route and the channel first, then keeps them for minutes.

*GSI in transactions 1x (2x upper bound)*: no page of AWS that we know says whether an index entry
that is written by a transaction counts once or twice. "Write units" counts it once, "upper bound"
twice; budgets are held against the first.`;

export const REPLY = `## What a reply costs

One reply of an agent, from the request with its Idempotency-Key to Meta's acceptance
(\`sent\`), or to the third status (\`read\`). Each status costs one write and one read, because it
changes the message's row alone. A try that Meta asks to repeat costs three writes: the slot, the
claim, and the message going back to the queue.`;

export const BOUGHT = "What the write units of the first row buy:";

export const FLOW = `## What both ask of the other services

A text goes through webhook, ingest, publish and relay. A reply up to \`sent\` goes through api,
publish and send, and its facts \`message.queued\` and \`message.sent\` through relay. The laptop
repeats stream records now and then, and hands over the rows of a transaction in one batch or two,
as AWS may, so the least of several runs is shown. Lambda's own pollers add to the SQS requests on
the bill: one receive and one delete for every batch, and receives that find nothing.`;

export const REQUESTS = `## What a request costs

Requests of the API with a key that was just used. Every request reads its key (one unit); once in
five minutes the use of a key is noted (one write unit, not in the table). A workspace on the
laptop has two index shards; a deployment with more shards reads half a unit more per shard and
status.`;

export const UNITS = `## The units

- **Write unit** (WRU): writing one row of up to 1 KB (1,024 bytes; names of attributes count). A
  larger row costs one unit per begun KB, and a change costs the larger of the row before and
  after, however little of it changed. What a condition refuses costs what the row that is there
  would cost, and so does a transaction that is cancelled: a callback delivered again is not free.
- **In a transaction every row costs twice**, because DynamoDB prepares it and then commits it.
  Three rows of a text are six units. The price is paid for certainty: message, pointer and
  conversation are stored together or not at all, and a repeated delivery changes nothing.
- **Index entry** (GSI): a row that enters or leaves an index costs one unit more, a row whose
  place in the index changes costs two (the old entry goes, a new one comes), and one whose entry
  stays as it is costs nothing. A text moves its conversation to the top of the inbox: two units.
  The queue is ordered by who has waited longest, so a second text does not move it there; an
  agent's list is ordered by activity, so a text to an assigned conversation costs two units more.
- **Read unit** (RRU): reading up to 4 KB consistently; a read that may lag a moment costs half. A
  row that is not there costs as much as a small one. In a batch each row is rounded up by itself,
  in a query all rows together, so a page of 25 conversations pays for 25 rows and 25 names.
- **Bytes of rows**: what the rows that were written weigh afterwards; storage is billed by it.
- **Cold start**: bytes of the code that is loaded before the first request is served, which is
  the entry and every chunk that it imports statically. Lazy chunks are loaded when they are
  needed. **Asset**: all that is uploaded, lazy chunks and source maps included. 1 KB is 1,000
  bytes here.`;

export const WEIGHT = `## Weight

"Start" is the processor time of a fresh Node.js process that loads the bundle, against one that
loads an empty handler (medians of 15 each).`;

export const DOOR = `## The webhook door against a bare handler

The bare handler (\`bench/bare/webhook.ts\`) verifies the signature with a secret from its
environment and sends the body to SQS. The deployed door reads its app's secret from
Secrets Manager when it is cold, takes two secrets during a rotation, compares in constant time, and
takes bodies that SQS refuses. Both are bundled with the same options and run turn by turn in one
process against a stub of AWS that answers at once; what AWS itself takes would only make the ratio
smaller.`;

export const HEAVIER = "Where the door's further bytes come from:";

export const LAPTOP = `## The laptop cloud

For whoever develops on it; it says nothing of AWS. Database, services, functions and the caller
share one machine.`;

export const UNSEEN = `## What the laptop cannot measure

The network, the service times of AWS, the start of a Lambda environment, throttling, and how AWS
batches under load: a busy queue gives \`ingest\` up to ten callbacks at a time, and then one S3
object, one invocation and one poll serve ten texts. Durations are billed too, and are not here.
Units are computed at the laptop's gateway from the rows before and after each write, because the
database that runs on a laptop reports other figures than AWS charges.`;
