import { describe, expect, it } from 'vitest';
import { MaskedPlaces } from '../../../src/domain/audit/maskedPlaces';
import { recallFacts } from '../../../src/domain/audit/recallFacts';
import { contextOf, type RecordedContext, recordFacts } from '../../../src/domain/audit/recordedFacts';
import { type AuditEntry } from '../../../src/domain/audit/auditRecord';
import { decide } from '../../../src/domain/policy/decide';
import { explainDecision } from '../../../src/domain/policy/explainDecision';
import { type CallFacts, type HostFacts } from '../../../src/domain/policy/facts';
import { composeLayers, type LayerSource } from '../../../src/domain/policy/layers';
import { parsePolicy } from '../../../src/domain/policy/parsePolicy';
import { type LayerKind, type PolicyLoad } from '../../../src/domain/policy/policy';
import { loadBundle } from '../../../src/domain/policy/policyBundle';
import { heldRoots } from '../../../src/firewall/toldRoots';
import { serverFolderOf } from '../../../src/firewall/serverFolder';
import { type PathContext } from '../../../src/firewall/pathContext';
import { systemHost } from '../../../src/storage/system';
import { effectOf, resultSecrets } from '../../../src/domain/policy/answerEffect';
import { policyFor } from '../../../src/domain/policy/folderPower';
import { mayEverPass } from '../../../src/domain/policy/visibility';
import { aServerEntry } from '../support/serverEntries';
import { disk, factsOf, HOST, WINDOWS } from './support';

// Policies of folders that are open together (invariant 4): each file speaks for the folder that it lies in.

const SEVERAL: HostFacts = { ...HOST, workspaceFolders: ['/ws/one', '/ws/two'] };
const OWN = 'deny: [d.d]\nallow: [a.b]\n';

const layer = (kind: LayerKind, file: string, text: string): LayerSource => ({ kind, load: parsePolicy(text, file) });
const fileIn = (folder: string) => `${folder}/.vscode/mcp-firewall.yaml`;
/** The person's own policy, and that of `/ws/one`, which they trusted. */
const withOne = (text: string, own = OWN, folder = '/ws/one'): PolicyLoad => {
	const one = layer('workspace', fileIn(folder), text);
	expect(one.load.problems.filter(({ severity }) => severity === 'error')).toEqual([]);
	return composeLayers([layer('user', '/p.yaml', own), one], {
		workspaceTrusted: true,
		trustedDigests: new Set([one.load.digest]),
	});
};
const judged = async (
	load: PolicyLoad,
	capability: string,
	path: string | undefined,
	{ host = SEVERAL, serverFolder, links }: { host?: HostFacts; serverFolder?: string; links?: object } = {},
) => {
	const facts: CallFacts = {
		...(await factsOf(load, {
			...{ capability, host, resolver: disk({ ...links }) },
			...(path !== undefined && { arguments: { path } }),
		})),
		...(serverFolder !== undefined && { serverFolder }),
	};
	return { facts, verdict: decide(load, facts), effect: decide(load, facts).effect };
};
const effect = async (...call: Parameters<typeof judged>) => (await judged(...call)).effect;

describe('the policy of one of several folders', () => {
	it.each([
		['path_prefix: ${workspaceFolder}/docs', '/docs/a.md'],
		["paths: ['${workspaceFolder}/docs/**']", '/docs/a.md'],
		["paths: ['${workspaceFolder}/secrets']", '/secrets/a.md'],
	])('%s is about its own folder alone', async (place, below) => {
		const allowing = withOne(`allow:\n  - capability: f.read\n    ${place.replace(/secrets'/, "secrets/**'")}\n`);
		expect(await effect(allowing, 'f.read', `/ws/one${below}`)).toBe('allow');
		expect(await effect(allowing, 'f.read', `/ws/two${below}`)).toBe('deny');
		const denying = withOne(`deny:\n  - capability: a.b\n    ${place}\n`);
		expect(await effect(denying, 'a.b', `/ws/one${below}`)).toBe('deny');
		expect(await effect(denying, 'a.b', `/ws/two${below}`)).toBe('allow');
	});

	it('means all open folders in the person’s own policy, as before', async () => {
		const own = layer('user', '/p.yaml', 'allow:\n  - {capability: f.read, path_prefix: "${workspaceFolder}"}\n');
		const load = composeLayers([own, layer('workspace', fileIn('/ws/one'), 'deny: [x.y]\n')]);
		expect(await effect(load, 'f.read', '/ws/one/a')).toBe('allow');
		expect(await effect(load, 'f.read', '/ws/two/a')).toBe('allow');
		expect(await effect(load, 'f.read', '/ws/three/a')).toBe('deny');
	});

	it('with one folder open means what is open, wherever the file lies', async () => {
		const load = withOne('deny:\n  - {capability: a.b, path_prefix: "${workspaceFolder}"}\n');
		const host = { ...HOST, workspaceFolders: ['/elsewhere'] };
		expect(await effect(load, 'a.b', '/elsewhere/a', { host })).toBe('deny');
		expect(await effect(load, 'a.b', '/ws/one/a', { host })).toBe('allow');
		expect(await effect(load, 'a.b', '/elsewhere/a', { host: { ...host, workspaceFolders: [] } })).toBe('allow');
	});

	it('INVARIANT 4: what lies in its folder by a link that leads out is not allowed', async () => {
		const load = withOne('allow:\n  - {capability: f.read, path_prefix: "${workspaceFolder}/docs"}\n');
		expect(await effect(load, 'f.read', '/ws/one/docs/a', { links: { '/ws/one/docs': '/ws/two' } })).toBe('deny');
		expect(await effect(load, 'f.read', '/ws/one/docs/a', { links: { '/ws/one/docs': '/ws/one/d' } })).toBe(
			'allow',
		);
	});

	it.each(['/ws/a}b', '/ws/100%', '/ws/%7D', '/ws/{x,y}', '/ws/a*b'])('the folder may be called %s', async folder => {
		const host = { ...HOST, workspaceFolders: [folder, '/ws/two'] };
		const text = "deny:\n  - {capability: a.b, paths: ['${workspaceFolder}/*.md']}\n";
		const load = withOne(text, OWN, folder);
		expect(await effect(load, 'a.b', `${folder}/a.md`, { host })).toBe('deny');
		expect(await effect(load, 'a.b', '/ws/two/a.md', { host })).toBe('allow');
	});

	it('also on Windows', async () => {
		const host = { ...WINDOWS, workspaceFolders: ['c:\\ws\\one', 'c:\\ws\\two'] };
		const one = layer(
			'workspace',
			'c:\\ws\\one\\.vscode\\mcp-firewall.yaml',
			'deny:\n  - {capability: a.b, path_prefix: "${workspaceFolder}/docs"}\n',
		);
		const load = composeLayers([layer('user', 'c:\\p.yaml', OWN), one]);
		expect(await effect(load, 'a.b', 'C:\\ws\\one\\docs\\a', { host })).toBe('deny');
		expect(await effect(load, 'a.b', 'C:\\ws\\two\\docs\\a', { host })).toBe('allow');
	});

	it.each(['path_prefix: ${workspaceFolder:%2Fws%2Fone}/docs', 'paths: ["${workspaceFolder:two}/**"]'])(
		'no author writes it: %s is an error',
		place => {
			const { policy, problems } = parsePolicy(`deny:\n  - capability: a.b\n    ${place}\n`, '/p.yaml');
			expect(policy).toBeUndefined();
			expect(problems.map(({ code }) => code)).toContain('invalid-pattern');
		},
	);

	it('INVARIANT 4: what was trusted in one folder opens nothing to a server that another folder brought', async () => {
		const load = withOne('allow: [n.n]\ndeny: [a.b]\n');
		expect(await effect(load, 'n.n', undefined, { serverFolder: '/ws/one' })).toBe('allow');
		expect(await effect(load, 'n.n', undefined, { serverFolder: '/ws/two' })).toBe('deny');
		// Of no folder: the person's own, for which the files of open folders speak.
		expect(await effect(load, 'n.n', undefined)).toBe('allow');
		// It tightens for all of them.
		expect(await effect(load, 'a.b', undefined, { serverFolder: '/ws/two' })).toBe('deny');
		const { facts } = await judged(load, 'n.n', undefined, { serverFolder: '/ws/two' });
		expect(explainDecision(load, facts).rules).toEqual([]);
	});

	it.each([
		['C:\\ws\\one', 'c:\\ws\\one', 'allow'],
		['c:\\ws\\one', 'C:/WS/One', 'allow'],
		['\\\\host\\share\\one', '\\\\HOST\\share\\one', 'allow'],
		['c:\\ws\\one', 'C:\\ws\\one2', 'deny'],
		['c:\\ws\\one', 'd:\\ws\\one', 'deny'],
		['/ws/one', '/ws/One', 'deny'],
		// A whole drive is a folder as well.
		['c:', 'd:\\two', 'deny'],
		['', '/ws/two', 'deny'],
		['c:', 'C:\\', 'allow'],
		['', '/', 'allow'],
	])('of %s is one for a server of %s: %s', async (folder, serverFolder, expected) => {
		const load = withOne('allow: [n.n]\n', OWN, folder);
		expect(await effect(load, 'n.n', undefined, { serverFolder })).toBe(expected);
		const tool = { server: 's', tool: 't', capability: 'n.n', serverFolder };
		expect(mayEverPass(load, tool)).toBe(expected === 'allow');
	});

	it.each(['path_prefix: ${workspaceFolder}/docs', "paths: ['${workspaceFolder}/docs/**']"])(
		'of a root is about all of it: %s',
		async place => {
			const load = withOne(`allow:\n  - capability: f.read\n    ${place}\n`, OWN, '');
			const host = { ...HOST, workspaceFolders: ['/', '/ws/two'] };
			expect(await effect(load, 'f.read', '/docs/a', { host })).toBe('allow');
			expect(await effect(load, 'f.read', '/ws/two/docs/a', { host })).toBe('deny');
		},
	);

	it('a list shows what a call of some server may pass by: what another folder’s file allows is not shown', async () => {
		const load = withOne('allow: [n.n]\nrequire_approval: [q.q]\ndeny: [a.b]\n');
		for (const about of [{ serverFolder: '/ws/one' }, { serverFolder: '/ws/two' }, {}]) {
			for (const capability of ['n.n', 'q.q', 'a.b', 'x.x']) {
				const shown = mayEverPass(load, { server: 's', tool: 't', capability, ...about });
				const passes = (await effect(load, capability, undefined, about)) !== 'deny';
				expect({ capability, ...about, shown }).toEqual({ capability, ...about, shown: passes });
			}
		}
		const tool = { server: 's', tool: 't', capability: 'n.n' };
		expect(mayEverPass(load, { ...tool, serverFolder: '/ws/one' })).toBe(true);
		expect(mayEverPass(load, { ...tool, serverFolder: '/ws/two' })).toBe(false);
	});

	it('INVARIANT 4: nor does what is said there of inspection: it tightens for others, and no more', () => {
		const load = withOne(`allow: [n.n]
inspection:
  results: {secrets: pass}
  outgoing: {secrets: redact, personal_data: {email: redact}}
  answers:
    - {id: quiet, effect: notice, servers: ['*'], severity: low}
    - {id: held, effect: withhold, tools: [shout]}
  suppress:
    - {server: notes, rule: override-instructions, until: '2027-01-01', reason: known}
`);
		const seen = { kind: 'instruction-shaped', rule: 'override-instructions', severity: 'high' } as const;
		const under = (serverFolder: string | undefined, tool = 'read', server = 'notes') => {
			const policy = policyFor(load.policy, serverFolder);
			const origin = { server, tool, now: Date.UTC(2026, 10, 29) };
			const { secrets } = policy?.inspection.outgoing ?? {};
			const { email } = policy?.inspection.outgoing.personalData ?? {};
			return [effectOf(policy, origin, []).effectOf(seen), resultSecrets(policy), secrets, email];
		};
		expect(under('/ws/one')).toEqual(['none', 'pass', 'redact', 'redact']);
		expect(under('/ws/one', 'read', 'other')).toEqual(['notice', 'pass', 'redact', 'redact']);
		expect(under(undefined)).toEqual(under('/ws/one'));
		expect(under('/ws/two')).toEqual(['quote', 'mask', 'refuse', 'redact']);
		expect(under('/ws/two', 'shout')).toEqual(['withhold', 'mask', 'refuse', 'redact']);
		expect(policyFor(load.policy, '/ws/two')).toBe(policyFor(load.policy, '/ws/two'));
	});

	it('lists no tool that only another folder’s policy would let run', () => {
		const load = withOne('allow: [n.n]\n');
		const listed = (serverFolder?: string) =>
			mayEverPass(load, { server: 's', tool: 't', capability: 'n.n', ...(serverFolder && { serverFolder }) });
		expect([listed('/ws/one'), listed('/ws/two'), listed()]).toEqual([true, false, true]);
	});

	it('whose policy may open something to a server: its folder’s alone, of a .code-workspace file none', () => {
		const one = { ...HOST, workspaceFolders: ['/ws/one'] };
		const file = '/ws/two/team.code-workspace';
		expect(serverFolderOf({ folder: '/ws/two' }, SEVERAL)).toBe('/ws/two');
		expect(serverFolderOf({ folder: '/ws/one' }, one)).toBeUndefined();
		// Its folder is closed while it still runs.
		expect(serverFolderOf({ folder: '/ws/two' }, one)).toBe('/ws/two');
		expect(serverFolderOf({ folder: '/ws/two' }, { ...HOST, workspaceFolders: [] })).toBe('/ws/two');
		expect(serverFolderOf({ workspaceFile: file }, SEVERAL)).toBe(file);
		expect(serverFolderOf({ workspaceFile: file }, one)).toBeUndefined();
		expect(serverFolderOf({}, SEVERAL)).toBeUndefined();
		expect(serverFolderOf({ folder: 'c:\\ws' }, systemHost(['c:\\ws'], 'win32', 'C:\\Users\\me'))).toBeUndefined();
		expect(
			serverFolderOf({ folder: '/private/tmp/ws' }, systemHost(['/private/tmp/ws'], 'darwin')),
		).toBeUndefined();
	});

	it.each([
		['win32', 'c:\\ws', 'c:\\other', 'file:///c%3A/ws', 'file:///c%3A/other'],
		['win32', 'C:\\ws', 'c:\\other', 'file:///C:/ws/', 'file:///c:/other'],
		['darwin', '/private/tmp/ws', '/private/tmp/other', 'file:///private/tmp/ws', 'file:///private/tmp/other'],
		['darwin', '/tmp/ws', '/tmp/other', 'file:///private/tmp/ws', 'file:///tmp/other'],
		['linux', '/ws', '/other', 'file:///ws', 'file:///other'],
	] as const)('a server is told of its own folder on %s, open as %s', (os, folder, other, uri, another) => {
		for (const folders of [[folder], [folder, other]]) {
			const host = systemHost(folders, os, os === 'win32' ? 'C:\\Users\\me' : '/home/me');
			const context = { ports: { host: () => host }, server: { folder } } as unknown as PathContext;
			const held = (root: string) => heldRoots(context, aServerEntry({}), { roots: [{ uri: root }] }, []);
			expect(held(uri)).toEqual([]);
			expect(held(another)).toHaveLength(1);
		}
	});

	it('ARG-03 the record and the kept texts give the same verdict again', async () => {
		const text = 'allow:\n  - {capability: f.read, path_prefix: "${workspaceFolder}"}\n';
		const load = withOne(text);
		for (const serverFolder of ['/ws/one', '/ws/two']) {
			for (const path of ['/ws/one/a', '/ws/two/a']) {
				const { facts, verdict } = await judged(load, 'f.read', path, { serverFolder });
				const places = new MaskedPlaces(facts);
				const kept = { copy: facts.arguments, arguments: facts.arguments, paths: [path], places };
				const recorded = recordFacts(load, facts, 'pin', kept, 'c');
				const { server, tool, capability, arguments: args } = facts;
				const entry = { server, tool, capability, arguments: args, paths: [path], facts: recorded };
				const contexts = new Map([['c', JSON.parse(JSON.stringify(contextOf(facts))) as RecordedContext]]);
				const recall = recallFacts(JSON.parse(JSON.stringify(entry)) as AuditEntry, contexts);
				const again = loadBundle({
					...{ v: 1, digest: load.digest },
					sources: [
						{ kind: 'user', file: '/p.yaml', text: OWN },
						{ kind: 'workspace', file: fileIn('/ws/one'), text, trusted: true },
					],
				});
				expect(again.digest).toBe(load.digest);
				expect(recall.kind === 'facts' && decide(again, recall.facts)).toEqual(verdict);
			}
		}
	});
});
