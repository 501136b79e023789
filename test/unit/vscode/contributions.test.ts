import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
	commandIds,
	compositionFile,
	contextKeys,
	decisionKinds,
	documentScheme,
	innerCommandIds,
	panelViewType,
	presets,
	providerId,
	settingIds,
	stepKeys,
	treeCommandIds,
	trustCardViewType,
	viewContainerId,
	viewIds,
	walkthroughId,
	workspacePolicyFile,
} from '../../../src/vscode/contributions';

interface Setting {
	readonly scope?: string;
	readonly default?: unknown;
	readonly enum?: readonly string[];
}

interface Manifest {
	readonly main: string;
	readonly bin: Readonly<Record<string, string>>;
	readonly contributes: {
		readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
		readonly keybindings: readonly { readonly command: string; readonly when?: string }[];
		readonly viewsContainers: { readonly activitybar: readonly { readonly id: string; readonly icon: string }[] };
		readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
		readonly viewsWelcome: readonly { readonly view: string; readonly when?: string }[];
		readonly walkthroughs: readonly {
			readonly id: string;
			readonly steps: readonly {
				readonly completionEvents: readonly string[];
				readonly media: { readonly svg: string };
			}[];
		}[];
		readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
		readonly configuration: readonly {
			readonly title: string;
			readonly order: number;
			readonly properties: Readonly<Record<string, Setting>>;
		}[];
		readonly yamlValidation: readonly { readonly fileMatch: readonly string[]; readonly url: string }[];
		readonly mcpServerDefinitionProviders: readonly { readonly id: string }[];
	};
}

const root = process.cwd();
const text = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const manifestText = text('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const nls = JSON.parse(text('package.nls.json')) as Readonly<Record<string, string>>;
const readme = text('README.md');
const { commands, menus } = manifest.contributes;
const settings: Readonly<Record<string, Setting>> = Object.assign(
	{},
	...manifest.contributes.configuration.map(({ properties }) => properties),
) as Readonly<Record<string, Setting>>;
const sorted = (names: Iterable<string>) => [...names].sort();

describe('package.json and contributions.ts name the same things', () => {
	it('commands', () => {
		expect(sorted(commands.map(entry => entry.command))).toEqual(
			sorted([...Object.values(commandIds), ...Object.values(treeCommandIds)]),
		);
		expect(commands.every(entry => entry.category === 'MCP Firewall')).toBe(true);
		for (const [name, id] of Object.entries({ ...commandIds, ...treeCommandIds })) {
			expect(id).toBe(`mcpFirewall.${name}`);
			expect(commands.find(entry => entry.command === id)?.title).toBe(`%command.${name}%`);
		}
	});

	it('commands of our own buttons stay out of package.json', () => {
		expect(Object.values<string>(innerCommandIds).filter(id => manifestText.includes(`"${id}"`))).toEqual([]);
	});

	it('actions of the tree stay out of the palette, and each stands in a menu of a view', () => {
		const { commandPalette = [], ...ofViews } = menus;
		for (const id of Object.values<string>(treeCommandIds)) {
			expect(commandPalette.filter(({ command }) => command === id)).toMatchObject([{ when: 'false' }]);
			expect(
				Object.values(ofViews)
					.flat()
					.map(({ command }) => command),
			).toContain(id);
		}
	});

	it('views, their container and its icon, which is shipped, and a welcome for each that is empty', () => {
		const { viewsContainers, views, viewsWelcome } = manifest.contributes;
		const [container, ...others] = viewsContainers.activitybar;
		expect([container?.id, others]).toEqual([viewContainerId, []]);
		expect(text('.vscodeignore')).toContain(`!${container!.icon}\n`);
		expect(text(container!.icon)).toContain('<svg');
		expect(views[viewContainerId]?.map(({ id }) => id)).toEqual(Object.values(viewIds));
		expect([...new Set(viewsWelcome.map(({ view }) => view))]).toEqual(Object.values(viewIds));
	});

	it('welcome texts and the walkthrough lead to commands that exist', () => {
		const texts = Object.entries(nls).filter(([key]) => /^(?:welcome|walkthrough)\./.test(key));
		const named = texts.flatMap(([, value]) =>
			[...value.matchAll(/command:(mcpFirewall\.\w+)/g)].map(([, id]) => id!),
		);
		expect(named.length).toBeGreaterThan(0);
		expect(named.filter(id => !Object.values<string>(commandIds).includes(id))).toEqual([]);
	});

	it('the walkthrough: four steps, each ticked by what really happened, with a picture that is shipped', () => {
		const [walkthrough, ...others] = manifest.contributes.walkthroughs;
		expect([walkthrough?.id, others]).toEqual([walkthroughId, []]);
		expect(walkthrough?.steps.map(({ completionEvents }) => completionEvents)).toEqual(
			Object.values(stepKeys).map(key => [`onContext:${key}`]),
		);
		expect(text('.vscodeignore')).toContain('!media/walkthrough/*.svg\n');
		for (const { media } of walkthrough?.steps ?? []) {
			expect(text(media.svg)).toMatch(/^<svg [^>]*viewBox/);
			expect(text(media.svg)).not.toMatch(/<script|href|<foreignObject/);
		}
	});

	it('settings, and what they default to', () => {
		expect(sorted(Object.keys(settings))).toEqual(sorted(Object.values(settingIds)));
		expect(settings[settingIds.preset]).toMatchObject({ enum: [...presets], default: presets[0] });
		expect(settings[settingIds.policyFile]).toMatchObject({ default: '' });
		expect(settings[settingIds.decisionServiceKind]).toMatchObject({
			enum: [...decisionKinds],
			default: decisionKinds[0],
		});
	});

	it('issue 8: who comes without settings trusts nobody, and nothing is asked of a network', () => {
		const fallback = (id: string) => settings[id]?.default;
		expect(fallback(settingIds.identityTrustedIssuers)).toEqual([]);
		expect(fallback(settingIds.identityTrustedKeys)).toEqual([]);
		expect(fallback(settingIds.identityAcceptLevelZero)).toBe(false);
		expect(fallback(settingIds.decisionServiceUrl)).toBe('');
		expect(fallback(settingIds.breakGlassKeys)).toEqual([]);
	});

	it('invariant 4, POL-07: every setting is the person’s alone: a dev container’s settings are machine settings', () => {
		expect(Object.values(settings).map(setting => setting.scope)).toEqual(
			Object.values(settingIds).map(() => 'application'),
		);
	});

	it('menus show commands that exist, under keys that are set', () => {
		const known = new Set<string>([...Object.values(contextKeys), ...Object.values(viewIds)]);
		const { viewsWelcome } = manifest.contributes;
		const keysOf = (when: string) => [...when.matchAll(/mcpFirewall\.\w+/g)].map(([key]) => key);
		expect(viewsWelcome.flatMap(({ when = '' }) => keysOf(when)).filter(key => !known.has(key))).toEqual([]);
		for (const { command, when = '' } of Object.values(menus).flat()) {
			expect(Object.values<string>({ ...commandIds, ...treeCommandIds })).toContain(command);
			expect(keysOf(when).filter(key => !known.has(key))).toEqual([]);
		}
	});

	it('keys lead to commands that exist, and only while there is something for them to do', () => {
		for (const { command, when } of manifest.contributes.keybindings) {
			expect(Object.values<string>(commandIds)).toContain(command);
			expect(Object.values<string>(contextKeys)).toContain(when);
		}
	});

	it('the provider, the panel, the scheme and the presets', () => {
		expect(manifest.contributes.mcpServerDefinitionProviders.map(({ id }) => id)).toEqual([providerId]);
		expect([panelViewType, documentScheme]).toEqual(['mcpFirewall.panel', 'mcp-firewall']);
		const policies = [...presets.map(name => `${name}.yaml`), compositionFile, 'policy.schema.json', 'README.md'];
		expect(sorted(readdirSync(join(root, 'policies')))).toEqual(sorted(policies));
	});

	it('editors check our policy files, and no others, against a schema that is shipped', () => {
		const [entry, ...others] = manifest.contributes.yamlValidation;
		expect(others).toEqual([]);
		expect(entry?.url).toBe('./policies/policy.schema.json');
		expect(() => JSON.parse(readFileSync(join(root, entry?.url ?? ''), 'utf8')) as unknown).not.toThrow();
		expect(entry?.fileMatch).toContain(`**/${workspacePolicyFile}`);
		expect(entry?.fileMatch.every(glob => glob.includes('mcp-firewall'))).toBe(true);
		expect(readFileSync(join(root, '.vscodeignore'), 'utf8')).toContain('!policies/policy.schema.json\n');
	});

	it('no other source file spells one of these ids out', () => {
		const ids: string[] = [
			...Object.values(commandIds),
			...Object.values(innerCommandIds),
			...Object.values(treeCommandIds),
			...Object.values(viewIds),
			...Object.values(settingIds),
			...Object.values(contextKeys),
			...Object.values(stepKeys),
			...[providerId, panelViewType, trustCardViewType, workspacePolicyFile],
		];
		const files = readdirSync(join(root, 'src', 'vscode')).filter(name => name !== 'contributions.ts');
		const sources = [...files.map(name => text('src', 'vscode', name)), text('src', 'extension.ts')].join('\n');
		expect(ids.filter(id => ["'", '"', '`'].some(quote => sources.includes(quote + id + quote)))).toEqual([]);
	});
});

describe('package.nls.json', () => {
	it('has every text that package.json asks for, and no other', () => {
		const asked = new Set([...manifestText.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key!));
		expect(sorted(Object.keys(nls))).toEqual(sorted(asked));
		expect(Object.values(nls).filter(value => value.trim() === '')).toEqual([]);
	});

	it('speaks of settings that exist', () => {
		const named = Object.values(nls).flatMap(value => [...value.matchAll(/#([\w.]+)#/g)].map(([, id]) => id!));
		expect(named.filter(id => !Object.values<string>(settingIds).includes(id))).toEqual([]);
	});
});

describe('README.md', () => {
	it.each(Object.keys(commandIds))('tells of the command %s by its title', name => {
		expect(readme).toContain(nls[`command.${name}`]);
	});

	it.each(Object.values(settingIds))('tells of %s and its default', id => {
		const lines = readme.split('\n').map(line => line.replace(/ +/g, ' '));
		const row = lines.find(line => line.startsWith(`| \`${id}\` |`));
		const fallback = settings[id]?.default;
		expect(row).toBeDefined();
		const shown = Array.isArray(fallback) ? JSON.stringify(fallback) : String(fallback);
		expect(row).toContain(shown === '' ? '| |' : `\`${shown}\``);
	});

	it('tells of the presets, the workspace’s file and the commands of the gateway', () => {
		for (const name of [...presets.map(preset => `**${preset}**`), workspacePolicyFile]) {
			expect(readme).toContain(name);
		}
		for (const command of ['gateway', 'policy check', 'policy test', 'audit verify', 'audit logs']) {
			expect(readme).toContain(`mcp-firewall ${command}`);
		}
	});

	it('names no setting or command that does not exist', () => {
		const known: string[] = [...Object.values(settingIds), ...Object.values(commandIds)];
		const named = [...readme.matchAll(/mcpFirewall(?:\.\w+)+/g)].map(([id]) => id);
		expect(named.filter(id => !known.includes(id))).toEqual([]);
	});
});
