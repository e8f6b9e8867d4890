/** Somebody who waits for work: until it is rung for, or a while. */
export class Doorbell {
  #answer: () => void = () => undefined;

  ring(): void {
    this.#answer();
  }

  wait(limitMs: number): Promise<void> {
    return new Promise((done) => {
      const limit = setTimeout(done, limitMs);
      this.#answer = () => {
        clearTimeout(limit);
        done();
      };
    });
  }
}
