import type { Labels, Sample } from './family.ts';

/** A number that only increases. */
export class Count {
  value = 0;

  add(more = 1): void {
    this.value += more;
  }

  samples(labels: Labels): Sample[] {
    return [{ labels, value: this.value }];
  }
}
