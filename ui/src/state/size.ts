// Sizes as people read them.

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** Such as “1.2 MB”, in steps of a thousand. */
export function byteSize(bytes: number): string {
  let amount = Math.max(0, bytes);
  let step = 0;
  // What would be shown as a thousand of a unit is one of the next.
  while (step < UNITS.length - 1 && amount >= (step === 0 ? 1_000 : 999.95)) {
    amount /= 1_000;
    step++;
  }
  const unit = UNITS[step];
  const unitDisplay = unit === 'byte' ? 'long' : 'short';
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay, maximumFractionDigits: 1 }).format(
    amount,
  );
}
