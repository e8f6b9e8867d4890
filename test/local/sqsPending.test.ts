import { describe, expect, it } from "vitest";
import { arn, sqsLaptop } from "./sqsRig.ts";

const MINUTE_MS = 60_000;

const laptop = sqsLaptop();

describe("pending", () => {
  it("tells of visible and in flight jobs where somebody works, not of delayed ones", async () => {
    const url = laptop.queueUrl();
    const stop = laptop.sqs.queue(arn("jobs")).onWork(() => undefined);
    await laptop.send(url, "later", { DelaySeconds: 60 });
    expect(laptop.sqs.pending()).toEqual([]);
    await laptop.send(url, "a");
    await laptop.send(url, "b");
    await laptop.send(url, "c");
    expect(laptop.sqs.pending()).toEqual(["jobs: 3 visible"]);
    await laptop.receive(url, { MaxNumberOfMessages: 1 });
    expect(laptop.sqs.pending()).toEqual(["jobs: 2 visible, 1 in flight"]);
    laptop.advance(MINUTE_MS);
    expect(laptop.sqs.pending()).toEqual(["jobs: 4 visible"]);
    stop();
    expect(laptop.sqs.pending()).toEqual([]);
  });

  describe("tells nothing of a job that its receiver hid for more than 30 seconds", () => {
    const worked = (name: string) => laptop.sqs.queue(arn(name)).onWork(() => undefined);

    it("until it is due, and of one hidden for less at once", async () => {
      const url = laptop.queueUrl("jobs", { VisibilityTimeout: 600 });
      worked("jobs");
      await laptop.send(url, "a");
      await laptop.send(url, "b");
      const [first] = await laptop.receive(url, { MaxNumberOfMessages: 1 });
      await laptop.hide(url, first?.ReceiptHandle, 29);
      expect(laptop.sqs.pending()).toEqual(["jobs: 1 visible, 1 in flight"]);
      await laptop.hide(url, first?.ReceiptHandle, MINUTE_MS / 1_000);
      expect(laptop.sqs.pending()).toEqual(["jobs: 1 visible"]);
      laptop.advance(MINUTE_MS / 2);
      expect(laptop.sqs.pending()).toEqual(["jobs: 1 visible, 1 in flight"]);
      laptop.advance(MINUTE_MS / 2);
      // Received again it is somebody's work, however long the queue itself hides it.
      expect(await laptop.bodies(url)).toHaveLength(2);
      expect(laptop.sqs.pending()).toEqual(["jobs: 2 in flight"]);
    });

    it("nor of what waits behind it in its group, but of other groups", async () => {
      const url = laptop.fifoUrl({ ContentBasedDeduplication: true });
      worked("jobs.fifo");
      await laptop.send(url, "1", { MessageGroupId: "a" });
      const [first] = await laptop.receive(url);
      await laptop.hide(url, first?.ReceiptHandle, 5 * 60);
      await laptop.send(url, "2", { MessageGroupId: "a" });
      expect(laptop.sqs.pending()).toEqual([]);
      await laptop.send(url, "3", { MessageGroupId: "b" });
      expect(laptop.sqs.pending()).toEqual(["jobs.fifo: 1 visible"]);
      laptop.advance(5 * MINUTE_MS);
      expect(laptop.sqs.pending()).toEqual(["jobs.fifo: 3 visible"]);
    });
  });
});
