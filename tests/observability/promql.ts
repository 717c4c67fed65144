import { parser } from '@prometheus-io/lezer-promql';

/** A metric that an expression selects, and the labels it uses there. */
export interface Selected {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** Grafana substitutes these before it queries. */
const VARIABLES: [name: RegExp, value: string][] = [
  [/\$__rate_interval\b/g, '1m'],
  [/\$model\b/g, '.*'],
];

/** @throws if the expression is not PromQL */
export function selectedBy(expression: string): Selected[] {
  const text = VARIABLES.reduce((replaced, [name, value]) => replaced.replace(name, value), expression);
  const selected: { metric: string; labels: string[] }[] = [];
  parser.parse(text).iterate({
    enter({ type, from, to }) {
      const source = text.slice(from, to);
      if (type.isError) throw new Error(`not PromQL at ${from}: ${expression}`);
      if (type.name === 'VectorSelector') selected.push({ metric: /^[\w:]+/.exec(source)![0], labels: [] });
      if (type.name === 'LabelName' && selected.length > 0 && isMatcher(text, to))
        selected.at(-1)!.labels.push(source);
    },
  });
  return selected;
}

/** Label names occur in matchers, and after `by`, where they may be of any metric. */
function isMatcher(text: string, end: number): boolean {
  return /^\s*(=|!=|=~|!~)/.test(text.slice(end));
}
