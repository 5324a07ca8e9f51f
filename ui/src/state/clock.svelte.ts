// The hour, for what is shown relative to now.

const STEP_MS = 30_000;

export class Clock {
  now = $state(Date.now());

  /** Goes until the function that it returns is called. */
  start(): () => void {
    const timer = setInterval(() => {
      this.now = Date.now();
    }, STEP_MS);
    return () => clearInterval(timer);
  }
}
