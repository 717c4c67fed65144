import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@millrace/devstack';

export interface Query {
  /** Where it is defined, for whoever has to fix it. */
  readonly where: string;
  readonly expression: string;
}

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

interface Dashboard {
  readonly title: string;
  readonly panels: readonly { title: string; targets?: readonly { expr: string }[] }[];
  readonly templating: { readonly list: readonly { name: string; definition: string }[] };
}

const DASHBOARDS = join(repositoryRoot, 'infra/grafana/dashboards');
const DOCUMENT = join(repositoryRoot, 'docs/observability.md');
const ALERTS = join(repositoryRoot, 'infra/prometheus/alerts.yml');

/** Every query of every dashboard: of its panels and variables. */
export async function dashboardQueries(): Promise<Query[]> {
  const files = readdirSync(DASHBOARDS).filter((name) => name.endsWith('.json'));
  const dashboards = await Promise.all(
    files.map(async (file) => (await Bun.file(join(DASHBOARDS, file)).json()) as Dashboard),
  );
  return dashboards.flatMap(({ title, panels, templating }) => [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr }) => ({ where: `${title} › ${panel.title}`, expression: expr })),
    ),
    ...templating.list.map(({ name, definition }) => ({
      where: `${title} › $${name}`,
      expression: /^label_values\((.+), \w+\)$/.exec(definition)?.[1] ?? definition,
    })),
  ]);
}

export async function alerts(): Promise<Alert[]> {
  const { groups } = Bun.YAML.parse(await Bun.file(ALERTS).text()) as { groups: { rules: Alert[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

export async function alertQueries(): Promise<Query[]> {
  return (await alerts()).map(({ alert, expr }) => ({ where: `alert ${alert}`, expression: expr }));
}

/** Those that docs/observability.md gives: one per line, with comments in between. */
export async function documentedQueries(): Promise<Query[]> {
  const [, block = ''] = /^```promql\n([\s\S]*?)^```/m.exec(await Bun.file(DOCUMENT).text()) ?? [];
  const lines = block.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((expression) => ({ where: 'docs/observability.md', expression }));
}
